#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/training/augment/mix.h"
#include "core/training/augment/sample.h"
#include "core/training/augment/transform.h"

namespace orthocover {

/// How training patches are varied: a list of transforms, each with a probability, applied in their order.
/// All members may be called from several threads at once; results depend on the random numbers alone.
class AugmentationPipeline {
 public:
  /// A transform and how often it is applied; in a choice, its weight.
  struct Step {
    std::string name;
    double probability = 1;
    std::shared_ptr<const augment::Transform> transform;
  };
  struct MixStep {
    double probability = 1;
    std::shared_ptr<const Mix> mix;
  };

  /// Changes nothing.
  AugmentationPipeline() = default;
  explicit AugmentationPipeline(std::vector<Step> steps, std::vector<MixStep> mixes = {})
      : m_steps(std::move(steps)), m_mixes(std::move(mixes)) {}

  /// From `{"transforms": [{"name": "gamma", "p": 0.3, "gamma": [0.8, 1.2]}, ...]}`.
  /// @param what names the file in messages
  /// @throws Error{Usage} for unknown names and keys (the nearest is offered) and values out of range
  static AugmentationPipeline from_json(const nlohmann::json& json, std::string_view what);
  /// Reads such a file.
  /// @throws Error{Data} when it can't be read, Error{Usage} as above and when it is not JSON
  static AugmentationPipeline from_file(const std::filesystem::path& file);
  /// The complete form: every key with its value.
  nlohmann::ordered_json to_json() const;

  /// For images from straight above: all eight symmetries, free rotation, light, weather and camera; nothing
  /// that bends what is straight.
  static AugmentationPipeline nadir_default();

  /// What will be done to one sample.
  std::vector<augment::DrawnTransform> draw(Random& random) const;

  /// Draws and applies. The sample keeps its size and type.
  /// @return names of the transforms that were applied
  /// @throws Error{Internal} when the sample does not fit together
  std::vector<std::string> apply(AugmentSample& sample, Random& random) const;

  /// How to mix a second sample into one, if at all: see apply_mix(). Lives as long as the pipeline.
  const Mix* draw_mix(Random& random) const;

  const std::vector<Step>& steps() const { return m_steps; }
  bool mixes() const { return !m_mixes.empty(); }

 private:
  std::vector<Step> m_steps;
  std::vector<MixStep> m_mixes;
};

}  // namespace orthocover
