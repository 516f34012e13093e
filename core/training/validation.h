#pragma once

#include <vector>

#include "core/base/run_context.h"
#include "core/metrics/confusion_matrix.h"
#include "core/nn/model_package.h"
#include "core/nn/network.h"
#include "core/training/data/training_scene.h"

namespace orthocover {

/// What validation needs of a model besides its network.
struct ValidationOptions {
  std::vector<nn::ModelBand> bands;
  double scale = 1;
  double ground_size_m = 0.1;  ///< of a patch pixel
  int classes = 0;
  int patch_px = 512;  ///< side of the network's input, a multiple of 32
};

/// A part of a region that is scored, with the patch around it that the network sees.
struct RegionTile {
  Window tile;   ///< pixels of the patches' grid
  Window patch;  ///< the tile and a margin on every side, its sides multiples of 32
};

/// A window of scene pixels on the patches' grid, its edges rounded.
Window on_grid(const Window& region, const PixelScale& scale);

/// Cuts a region into tiles.
/// @param region scene pixels
/// @param scale scene pixels per patch pixel
/// @param patch_px largest side of a patch
std::vector<RegionTile> region_tiles(const Window& region, const PixelScale& scale, int patch_px);

/// Cuts a window of the patches' grid into tiles.
std::vector<RegionTile> grid_tiles(const Window& whole, int patch_px);

/// Reads the patch of a tile, and the labels of the tile alone: the margin, what is not valid and labels of
/// several possible classes are kIgnoreLabel.
/// @return false where nothing of it can be judged: of scenes with few labels that is nearly everywhere
bool read_labelled(const TrainingScene& scene, const PixelScale& scale, const RegionTile& tile, int classes,
                   PixelBlock& pixels, std::vector<std::uint8_t>& labels);

/// Pixels as the network takes them: scaled, then by each band's mean and deviation.
/// @shape [1, bands, rows, cols]
torch::Tensor network_input(const PixelBlock& pixels, const ValidationOptions& options);

/// Scores the held-out regions of all scenes with a network, one level by itself, without any blending. Each
/// tile is seen with a margin around it. The network is put into evaluation and back.
/// @throws Error{Cancelled}
/// @return one matrix for each held-out region, in the order of the scenes
std::vector<ConfusionMatrix> validate_regions(nn::SegmentationNetwork& network, torch::Device device,
                                              const std::vector<TrainingScene>& scenes,
                                              const ValidationOptions& options, RunContext& context);

/// The sum of validate_regions().
ConfusionMatrix validate(nn::SegmentationNetwork& network, torch::Device device,
                         const std::vector<TrainingScene>& scenes, const ValidationOptions& options,
                         RunContext& context);

}  // namespace orthocover
