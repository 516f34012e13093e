#include "core/training/augment/affine.h"
#include "core/training/augment/colour.h"
#include "core/training/augment/crops.h"
#include "core/training/augment/distortion.h"
#include "core/training/augment/occlusion.h"
#include "core/training/augment/quality.h"
#include "core/training/augment/sharpness.h"
#include "core/training/augment/symmetry.h"
#include "core/training/augment/tone.h"
#include "core/training/augment/transform.h"

namespace orthocover::augment {
namespace {

template <class T>
KeyTable<T> table_of() {
  KeyTable<T> table;
  T::declare(table);
  return table;
}

/// Gives a transform's struct the common face.
template <class T>
class TransformOf final : public Transform {
 public:
  TransformOf(std::string name, T transform) : m_name(std::move(name)), m_transform(std::move(transform)) {}
  void draw(Random& random, std::vector<DrawnTransform>& drawn) const override {
    drawn.push_back({m_name, [choice = m_transform.draw(random)](AugmentSample& s) { T::apply(s, choice); }});
  }
  nlohmann::ordered_json keys() const override { return table_of<T>().to_json(m_transform); }

 private:
  std::string m_name;
  T m_transform;
};

template <class T>
class MixOf final : public Mix {
 public:
  MixOf(std::string name, T mix) : m_name(std::move(name)), m_mix(std::move(mix)) {}
  const std::string& name() const override { return m_name; }
  void apply(AugmentSample& a, const AugmentSample& b, Random& random) const override {
    m_mix.apply(a, b, random);
  }
  nlohmann::ordered_json keys() const override { return table_of<T>().to_json(m_mix); }

 private:
  std::string m_name;
  T m_mix;
};

template <class T>
TransformKind kind(const std::string& name, const char* group, double probability = 0.5) {
  const KeyTable<T> table = table_of<T>();
  return {name, group, table.text(), probability, table.keys(), [name](const nlohmann::json& values) {
            return std::make_shared<TransformOf<T>>(name, table_of<T>().parse(values));
          }};
}

template <class T>
MixKind mix_kind(const std::string& name, double probability) {
  const KeyTable<T> table = table_of<T>();
  return {name,
          "Between two patches",
          table.text(),
          probability,
          table.keys(),
          [name](const nlohmann::json& values) {
            return std::make_shared<MixOf<T>>(name, table_of<T>().parse(values));
          }};
}

}  // namespace

const std::vector<TransformKind>& transform_kinds() {
  static constexpr const char* kGeometry = "Geometry";
  static constexpr const char* kColour = "Colour";
  static constexpr const char* kSharpness = "Sharpness and noise";
  static constexpr const char* kOcclusion = "Light and occlusion";
  static const std::vector<TransformKind> kKinds = {
      kind<HorizontalFlip>("horizontal-flip", kGeometry),
      kind<VerticalFlip>("vertical-flip", kGeometry),
      kind<Transpose>("transpose", kGeometry),
      kind<Rot90>("rot90", kGeometry),
      kind<D4>("d4", kGeometry, 1),
      kind<ShiftScaleRotate>("shift-scale-rotate", kGeometry),
      kind<RandomResizedCrop>("random-resized-crop", kGeometry, 1),
      kind<RandomCrop>("random-crop", kGeometry, 1),
      kind<Affine>("affine", kGeometry),
      kind<Perspective>("perspective", kGeometry),
      kind<GridDistortion>("grid-distortion", kGeometry),
      kind<Elastic>("elastic", kGeometry),
      kind<OpticalDistortion>("optical-distortion", kGeometry),
      kind<BrightnessContrast>("brightness-contrast", kColour),
      kind<Gamma>("gamma", kColour),
      kind<WhiteBalance>("white-balance", kColour),
      kind<RgbShift>("rgb-shift", kColour),
      kind<HueSaturationValue>("hue-saturation-value", kColour),
      kind<ColourJitter>("colour-jitter", kColour),
      kind<Clahe>("clahe", kColour),
      kind<ToGray>("to-gray", kColour),
      kind<ChannelShuffle>("channel-shuffle", kColour),
      kind<ChannelDropout>("channel-dropout", kColour),
      kind<Sharpen>("sharpen", kSharpness),
      kind<Blur>("blur", kSharpness),
      kind<MedianBlur>("median-blur", kSharpness),
      kind<GaussianBlur>("gaussian-blur", kSharpness),
      kind<MotionBlur>("motion-blur", kSharpness),
      kind<Downscale>("downscale", kSharpness),
      kind<GaussianNoise>("gaussian-noise", kSharpness),
      kind<IsoNoise>("iso-noise", kSharpness),
      kind<JpegCompression>("jpeg-compression", kSharpness),
      kind<Shadow>("shadow", kOcclusion),
      kind<Fog>("fog", kOcclusion),
      kind<CoarseDropout>("coarse-dropout", kOcclusion),
  };
  return kKinds;
}

const std::vector<MixKind>& mix_kinds() {
  static const std::vector<MixKind> kKinds = {
      mix_kind<CutMix>("cut-mix", 0.2),
      mix_kind<ClassMix>("class-mix", 0.2),
  };
  return kKinds;
}

}  // namespace orthocover::augment
