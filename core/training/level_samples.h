#pragma once

#include <cstdint>
#include <vector>

#include "core/training/validation.h"

namespace orthocover {

/// What a network says on every stitch level about the same labelled points.
struct LevelSamples {
  std::size_t levels = 0;
  std::size_t classes = 0;
  std::vector<std::uint8_t> labels;  ///< @shape [points], class indices
  std::vector<float> logits;         ///< @shape [points, levels, classes]

  std::size_t size() const { return labels.size(); }
  const float* at(std::size_t point, std::size_t level) const {
    return logits.data() + (point * levels + level) * classes;
  }
  /// Adds the points of another network on the same levels and classes.
  void append(const LevelSamples& other);
};

/// Draws labelled points from the held-out regions, the same number of each class in each region as far as
/// there are so many, and scores them on every level. Memory does not depend on the regions' size.
/// @param options those of the finest level
/// @param levels stitch levels, finest first
/// @throws Error{Cancelled}
LevelSamples sample_levels(nn::SegmentationNetwork& network, torch::Device device,
                           const std::vector<TrainingScene>& scenes, const ValidationOptions& options,
                           const std::vector<int>& levels, std::uint64_t seed, RunContext& context);

}  // namespace orthocover
