#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/geometry/window.h"
#include "core/training/data/training_scene.h"

namespace orthocover {

/// What training patches are drawn from.
struct SamplingOptions {
  int classes = 0;  ///< labels that are drawn: classes, and groups of classes behind them if wanted
  std::vector<int> levels = {1, 2, 4};
  std::vector<double> level_shares = {0.5, 0.3, 0.2};  ///< of the patches, same length as levels
  double ground_size_m = 0.1;                          ///< of level 1
  double jitter = 1.4;                                 ///< ground sizes vary by up to this factor either way
  /// Ground sizes from the first to the second, even on the logarithm's scale, instead of levels and jitter.
  std::optional<std::pair<double, double>> ground_range_m;
  double boundary_share = 0;  ///< of the patches, placed where classes meet
  int patch_px = 512;
  std::uint64_t seed = 1;
};

/// One patch to read.
struct PatchRequest {
  std::size_t scene = 0;
  int level = 1;
  PixelScale scale;  ///< scene pixels per patch pixel
  Window window;     ///< pixels of the grid of that scale, as read_patch() takes them
  std::uint64_t seed = 0;
};

/// Draws patches without memory: request(i) depends on the seed and i alone, so that any number of loader
/// threads gives the same training run.
///
/// A class is drawn by the inverse root of its labelled ground, then a scene that has it by its weight, then
/// a piece by the root of its size, then a place in it, then a level and a ground size: rare classes and
/// small scenes are seen often, large ones do not drown them.
class PatchSampler {
 public:
  /// @param scenes must outlive the sampler
  /// @throws Error{Data} when no class has labels that are not held out
  PatchSampler(const std::vector<TrainingScene>& scenes, SamplingOptions options);

  PatchRequest request(std::uint64_t index) const;

  /// Labelled ground per class, held-out pieces left out, in square metres.
  const std::vector<double>& class_area_m2() const { return m_area_m2; }

 private:
  /// Pieces of one class on one scene.
  struct Source {
    std::size_t scene;
    std::vector<Window> bounds;
    std::vector<double> cumulative;  ///< of the pieces' weights
  };
  /// Scene pixels, not whole ones.
  struct Place {
    double x;
    double y;
  };
  PixelScale draw_scale(Random& random, std::size_t scene, PatchRequest& request) const;
  Place draw_place(Random& random, const PatchRequest& request, const Window& bounds) const;

  const std::vector<TrainingScene>& m_scenes;
  SamplingOptions m_options;
  std::vector<double> m_area_m2;
  std::vector<std::vector<Source>> m_sources;           ///< by class
  std::vector<std::vector<double>> m_scene_cumulative;  ///< by class, of the scenes' weights
  std::vector<double> m_class_cumulative;
  std::vector<double> m_level_cumulative;
};

}  // namespace orthocover
