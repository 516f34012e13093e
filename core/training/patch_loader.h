#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/nn/model_package.h"
#include "core/nn/torch.h"
#include "core/training/augment/pipeline.h"
#include "core/training/augment/sample_pixels.h"
#include "core/training/data/training_scene.h"
#include "core/training/patch_sampler.h"
#include "core/training/style.h"

namespace orthocover {

/// A patch as the network wants it.
struct TrainingPatch {
  torch::Tensor image;   ///< @shape [bands, rows, cols], float, scaled
  torch::Tensor labels;  ///< @shape [rows, cols], uint8 class indices, kIgnoreLabel where nothing is known
  std::int64_t labelled = 0;
};

/// Reads patches of scenes: pixels resampled by area, labels, variation, scaling. Thread-safe.
class PatchLoader {
 public:
  /// @param scenes must outlive the loader
  /// @param statistics measure_bands()
  /// @param augmentation nothing: patches as they are
  /// @param style_share chance that a patch that is varied takes on some of another scene's colours
  PatchLoader(const std::vector<TrainingScene>& scenes, std::vector<nn::ModelBand> bands, double scale,
              std::vector<BandStatistics> statistics, std::optional<AugmentationPipeline> augmentation,
              double style_share = kUsualStyleShare);

  /// Whether patches are mixed with others.
  bool mixes() const { return m_augmentation && m_augmentation->mixes(); }

  /// @param partner another patch, of which parts may be mixed in; looked at only if mixes()
  /// @throws Error{Data} when a scene can't be read
  TrainingPatch load(const PatchRequest& request, const PatchRequest& partner) const;
  TrainingPatch load(const PatchRequest& request) const { return load(request, request); }
  /// Scene and place of a patch, for messages.
  std::string describe(const PatchRequest& request) const;

 private:
  void read_labels(const PatchRequest& request, const std::vector<std::uint8_t>& valid,
                   std::vector<std::uint8_t>& labels) const;
  PixelBlock read(const PatchRequest& request, std::vector<std::uint8_t>& labels) const;
  AugmentSample varied(const PatchRequest& request) const;
  TrainingPatch to_tensors(const PixelBlock& pixels, const std::vector<std::uint8_t>& labels) const;
  TrainingPatch to_tensors(const AugmentSample& sample) const;

  const std::vector<TrainingScene>& m_scenes;
  std::vector<nn::ModelBand> m_bands;
  double m_scale;
  std::vector<BandStatistics> m_statistics;
  GrayScale m_gray;                        ///< of all scenes
  std::vector<double> m_style_cumulative;  ///< of the scenes' weights, those held out as a whole left out
  std::optional<AugmentationPipeline> m_augmentation;
  double m_style_share;
  std::vector<int> m_rgb;  ///< channels of red, green and blue, if there are all three
};

/// Statistics of a scene from an even sample of its pixels.
/// @param scale factor on pixel values
/// @param run asked for the wish to stop every second or so: all of a scene without overviews is read
/// @throws Error{Data} when it has no valid pixel, Error{Cancelled}
BandStatistics measure_bands(const RasterSource& source, double scale, const RunContext& run = RunContext());

/// Statistics of each scene, and of those together that training may see something of (last entry).
std::vector<BandStatistics> measure_bands(const std::vector<TrainingScene>& scenes, double scale,
                                          const RunContext& run = RunContext());

}  // namespace orthocover
