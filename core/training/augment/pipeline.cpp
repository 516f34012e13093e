#include "core/training/augment/pipeline.h"

#include "core/base/error.h"

namespace orthocover {

std::vector<augment::DrawnTransform> AugmentationPipeline::draw(Random& random) const {
  std::vector<augment::DrawnTransform> drawn;
  for (const Step& step : m_steps) {
    if (random.chance(step.probability)) step.transform->draw(random, drawn);
  }
  return drawn;
}

std::vector<std::string> AugmentationPipeline::apply(AugmentSample& sample, Random& random) const {
  check_sample(sample);
  std::vector<std::string> names;
  for (const augment::DrawnTransform& transform : draw(random)) {
    try {
      transform.apply(sample);
    } catch (const cv::Exception& error) {
      throw internal_error("augmentation '{}': {}", transform.name, error.what());
    }
    names.push_back(transform.name);
  }
  return names;
}

const Mix* AugmentationPipeline::draw_mix(Random& random) const {
  for (const MixStep& step : m_mixes) {
    if (random.chance(step.probability)) return step.mix.get();
  }
  return nullptr;
}

AugmentationPipeline AugmentationPipeline::nadir_default() {
  static const nlohmann::json kSteps = R"json({"transforms": [
    {"name": "d4"},
    {"name": "shift-scale-rotate", "p": 0.3},
    {"name": "brightness-contrast", "p": 0.6, "brightness": [-0.15, 0.15], "contrast": [-0.25, 0.25]},
    {"name": "gamma", "p": 0.3},
    {"name": "white-balance", "p": 0.4},
    {"name": "hue-saturation-value", "p": 0.3, "hue": [-6, 6], "saturation": [-25, 25], "value": [-10, 10]},
    {"name": "shadow", "p": 0.1},
    {"name": "fog", "p": 0.1},
    {"name": "one-of", "p": 0.2, "transforms": [
      {"name": "gaussian-blur", "p": 0.5},
      {"name": "motion-blur", "p": 0.2, "size": [3, 5]},
      {"name": "downscale", "p": 0.3}]},
    {"name": "gaussian-noise", "p": 0.15},
    {"name": "jpeg-compression", "p": 0.15}
  ]})json"_json;
  return from_json(kSteps, "default pipeline");
}

}  // namespace orthocover
