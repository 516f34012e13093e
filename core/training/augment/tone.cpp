#include "core/training/augment/tone.h"

#include <cmath>

#include "core/training/augment/bands.h"

namespace orthocover::augment {
namespace {

double mean_of(const cv::Mat& image) {
  return cv::mean(image.reshape(1))[0];
}

Line line(double gain, double offset) {
  return {static_cast<float>(gain), static_cast<float>(offset)};
}

}  // namespace

void BrightnessContrast::declare(KeyTable<BrightnessContrast>& table) {
  table.summary("value * (1 + contrast) + brightness * 255")
      .add("brightness", &BrightnessContrast::brightness, {-1, 1}, "shift, in full scales")
      .add("contrast", &BrightnessContrast::contrast, {-1, 1}, "relative change")
      .add("by_max", &BrightnessContrast::by_max,
           "brightness is a share of 255; if false, of the image's mean after the change of contrast");
}

BrightnessContrast::Drawn BrightnessContrast::draw(Random& random) const {
  const double shift = brightness.draw(random);
  return {1 + contrast.draw(random), shift, by_max};
}

void BrightnessContrast::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& image) {
    const double unit = drawn.by_max ? 255 : drawn.gain * mean_of(image);
    return map_linear(image, {line(drawn.gain, drawn.brightness * unit)});
  });
}

void Gamma::declare(KeyTable<Gamma>& table) {
  table.summary("255 * (value / 255) ^ gamma")
      .add("gamma", &Gamma::gamma, {0.1, 10}, "even on the logarithm's scale; above 1 darkens");
}

Gamma::Drawn Gamma::draw(Random& random) const {
  return {random.log_uniform(gamma.low, gamma.high)};
}

void Gamma::apply(AugmentSample& sample, const Drawn& drawn) {
  // A hair more, so that an exponent of 1 leaves bytes as they are.
  const Curve curve = [&](double value) {
    return value <= 0 ? 0 : 255 * std::pow(value / 255, drawn.gamma) + 1e-9;
  };
  change_colours(sample, [&](const cv::Mat& image) { return map_values(image, curve); });
}

void WhiteBalance::declare(KeyTable<WhiteBalance>& table) {
  table.summary("A gain of its own for every colour")
      .add("gain", &WhiteBalance::gain, {0.1, 10}, "even on the logarithm's scale");
}

WhiteBalance::Drawn WhiteBalance::draw(Random& random) const {
  return {gain.low, gain.high, draw_seed(random)};
}

void WhiteBalance::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& image) {
    Random random(drawn.seed);
    std::vector<Line> lines;
    for (int band = 0; band < image.channels(); ++band)
      lines.push_back(line(random.log_uniform(drawn.low, drawn.high), 0));
    return map_linear(image, lines);
  });
}

void RgbShift::declare(KeyTable<RgbShift>& table) {
  table.summary("A shift of its own for red, green and blue")
      .add("red", &RgbShift::red, {-255, 255}, "grey levels")
      .add("green", &RgbShift::green, {-255, 255}, "grey levels")
      .add("blue", &RgbShift::blue, {-255, 255}, "grey levels");
}

RgbShift::Drawn RgbShift::draw(Random& random) const {
  Drawn drawn;
  drawn.red = red.draw(random);
  drawn.green = green.draw(random);
  drawn.blue = blue.draw(random);
  return drawn;
}

void RgbShift::apply(AugmentSample& sample, const Drawn& drawn) {
  change_rgb(sample, [&](const cv::Mat& image) {
    return map_linear(image, {line(1, drawn.red), line(1, drawn.green), line(1, drawn.blue)});
  });
}

}  // namespace orthocover::augment
