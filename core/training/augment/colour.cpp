#include "core/training/augment/colour.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/training/augment/bands.h"

namespace orthocover::augment {
namespace {

cv::Mat converted(const cv::Mat& image, int code) {
  cv::Mat result;
  cv::cvtColor(image, result, code);
  return result;
}

double turned(double hue, double shift, double circle) {
  const double at = std::fmod(hue + shift, circle);
  return at < 0 ? at + circle : at;
}

/// Table of a shift of saturation or value.
Curve shifted(double shift, bool rounded) {
  const double more = rounded && shift > 0 ? std::floor(shift + 0.5) : shift;
  return [more](double value) { return value + more; };
}

cv::Mat shift_hsv_bytes(const cv::Mat& image, const HueSaturationValue::Drawn& drawn) {
  const cv::Mat hsv = converted(image, cv::COLOR_RGB2HSV);
  cv::Mat shifted_hsv =
      map_values(hsv, {[&](double h) { return turned(h, drawn.hue, 180); },
                       shifted(drawn.saturation, drawn.keep_gray), shifted(drawn.value, drawn.keep_gray)});
  if (drawn.keep_gray) {
    for (int row = 0; row < hsv.rows; ++row) {
      const auto* before = hsv.ptr<cv::Vec3b>(row);
      auto* after = shifted_hsv.ptr<cv::Vec3b>(row);
      for (int col = 0; col < hsv.cols; ++col) {
        if (before[col][1] == 0) after[col][1] = 0;
      }
    }
  }
  return converted(shifted_hsv, cv::COLOR_HSV2RGB);
}

cv::Mat shift_hsv_floats(const cv::Mat& image, const HueSaturationValue::Drawn& drawn) {
  cv::Mat hsv = converted(clipped(image) / 255, cv::COLOR_RGB2HSV);
  for (int row = 0; row < hsv.rows; ++row) {
    auto* pixels = hsv.ptr<cv::Vec3f>(row);
    for (int col = 0; col < hsv.cols; ++col) {
      cv::Vec3f& pixel = pixels[col];
      pixel[0] = static_cast<float>(turned(pixel[0], 2 * drawn.hue, 360));
      const bool gray = drawn.keep_gray && pixel[1] == 0;
      pixel[1] = gray ? 0 : std::clamp(pixel[1] + static_cast<float>(drawn.saturation / 255), 0.0F, 1.0F);
      pixel[2] = std::clamp(pixel[2] + static_cast<float>(drawn.value / 255), 0.0F, 1.0F);
    }
  }
  return converted(hsv, cv::COLOR_HSV2RGB) * 255;
}

cv::Mat shift_hsv(const cv::Mat& image, const HueSaturationValue::Drawn& drawn) {
  return image.depth() == CV_8U ? shift_hsv_bytes(image, drawn) : shift_hsv_floats(image, drawn);
}

cv::Mat gray_of(const cv::Mat& image) {
  return converted(converted(image, cv::COLOR_RGB2GRAY), cv::COLOR_GRAY2RGB);
}

cv::Mat jitter_step(const cv::Mat& image, const ColourJitter::Drawn& drawn, int step) {
  switch (step) {
    case 0:
      return map_values(image, [&](double v) { return v * drawn.brightness; });
    case 1: {
      const double mean = cv::mean(converted(image, cv::COLOR_RGB2GRAY))[0];
      return map_values(image, [&](double v) { return v * drawn.contrast + mean * (1 - drawn.contrast); });
    }
    case 2: {
      cv::Mat mixed;
      cv::addWeighted(image, drawn.saturation, gray_of(image), 1 - drawn.saturation, 0, mixed);
      return clipped(mixed);
    }
    default:
      if (drawn.hue == 0) return image;
      return shift_hsv(image, {180 * drawn.hue, 0, 0, false});
  }
}

/// @param lightness of L*a*b*, bytes or 0..100
cv::Mat equalised(const cv::Mat& lightness, const Clahe::Drawn& drawn) {
  const auto clahe = cv::createCLAHE(drawn.clip, {drawn.tiles, drawn.tiles});
  cv::Mat result;
  if (lightness.depth() == CV_8U) {
    clahe->apply(lightness, result);
    return result;
  }
  // Limits of contrast count in 256 steps: other values get the change that their bytes suffer.
  static constexpr double kBytes = 2.55;
  cv::Mat bytes;
  lightness.convertTo(bytes, CV_8U, kBytes);
  clahe->apply(bytes, result);
  cv::Mat change;
  cv::subtract(result, bytes, change, cv::noArray(), CV_32F);
  return lightness + change / kBytes;
}

}  // namespace

void HueSaturationValue::declare(KeyTable<HueSaturationValue>& table) {
  table.summary("Shifts of hue, saturation and value")
      .add("hue", &HueSaturationValue::hue, {-90, 90}, "in steps of 2 degrees")
      .add("saturation", &HueSaturationValue::saturation, {-255, 255}, "of 255")
      .add("value", &HueSaturationValue::value, {-255, 255}, "of 255")
      .add("keep_gray", &HueSaturationValue::keep_gray, "pixels without colour get none");
}

HueSaturationValue::Drawn HueSaturationValue::draw(Random& random) const {
  Drawn drawn;
  drawn.hue = hue.draw(random);
  drawn.saturation = saturation.draw(random);
  drawn.value = value.draw(random);
  drawn.keep_gray = keep_gray;
  return drawn;
}

void HueSaturationValue::apply(AugmentSample& sample, const Drawn& drawn) {
  change_rgb(sample, [&](const cv::Mat& image) { return shift_hsv(image, drawn); });
}

void ColourJitter::declare(KeyTable<ColourJitter>& table) {
  table.summary("Brightness, contrast, saturation and hue in random order")
      .add("brightness", &ColourJitter::brightness, {0, 4}, "factor")
      .add("contrast", &ColourJitter::contrast, {0, 4}, "factor on the distance from the mean")
      .add("saturation", &ColourJitter::saturation, {0, 4}, "factor on the distance from gray")
      .add("hue", &ColourJitter::hue, {-0.5, 0.5}, "turns of the colour circle");
}

ColourJitter::Drawn ColourJitter::draw(Random& random) const {
  Drawn drawn;
  drawn.brightness = brightness.draw(random);
  drawn.contrast = contrast.draw(random);
  drawn.saturation = saturation.draw(random);
  drawn.hue = hue.draw(random);
  for (std::size_t i = drawn.order.size(); i > 1; --i)
    std::swap(drawn.order[i - 1], drawn.order[random.index(i)]);
  return drawn;
}

void ColourJitter::apply(AugmentSample& sample, const Drawn& drawn) {
  change_rgb(sample, [&](const cv::Mat& image) {
    cv::Mat result = image;
    for (const int step : drawn.order) result = jitter_step(result, drawn, step);
    return result;
  });
}

void Clahe::declare(KeyTable<Clahe>& table) {
  table.summary("Equalises the lightness in tiles, with limited contrast")
      .add("clip", &Clahe::clip, {1, 40}, "limit of the contrast")
      .add("tiles", &Clahe::tiles, {1, 64}, "a side");
}

Clahe::Drawn Clahe::draw(Random& random) const {
  return {clip.draw(random), tiles};
}

void Clahe::apply(AugmentSample& sample, const Drawn& drawn) {
  change_rgb(sample, [&](const cv::Mat& image) {
    const bool bytes = image.depth() == CV_8U;
    cv::Mat lab = converted(bytes ? image : cv::Mat(clipped(image) / 255), cv::COLOR_RGB2Lab);
    cv::Mat lightness;
    cv::extractChannel(lab, lightness, 0);
    cv::insertChannel(equalised(lightness, drawn), lab, 0);
    const cv::Mat rgb = converted(lab, cv::COLOR_Lab2RGB);
    return bytes ? rgb : cv::Mat(rgb * 255);
  });
}

void ToGray::declare(KeyTable<ToGray>& table) {
  table.summary("Luma in all three colours");
}
ToGray::Drawn ToGray::draw(Random&) const {
  return {};
}
void ToGray::apply(AugmentSample& sample, const Drawn&) {
  change_rgb(sample, gray_of);
}

void ChannelShuffle::declare(KeyTable<ChannelShuffle>& table) {
  table.summary("Red, green and blue in another order");
}

ChannelShuffle::Drawn ChannelShuffle::draw(Random& random) const {
  Drawn drawn;
  for (std::size_t i = drawn.order.size(); i > 1; --i)
    std::swap(drawn.order[i - 1], drawn.order[random.index(i)]);
  return drawn;
}

void ChannelShuffle::apply(AugmentSample& sample, const Drawn& drawn) {
  change_rgb(sample, [&](const cv::Mat& image) {
    cv::Mat shuffled(image.size(), image.type());
    const std::array<int, 6> pairs = {drawn.order[0], 0, drawn.order[1], 1, drawn.order[2], 2};
    cv::mixChannels(&image, 1, &shuffled, 1, pairs.data(), 3);
    return shuffled;
  });
}

void ChannelDropout::declare(KeyTable<ChannelDropout>& table) {
  table.summary("Empties some of the colours; one is always left")
      .add("channels", &ChannelDropout::channels, {1, 16}, "how many")
      .add("fill", &ChannelDropout::fill, {0, 255}, "their value");
}

ChannelDropout::Drawn ChannelDropout::draw(Random& random) const {
  const int count = channels.draw(random);
  return {count, fill, draw_seed(random)};
}

void ChannelDropout::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& image) {
    std::vector<cv::Mat> planes;
    cv::split(image, planes);
    std::vector<std::size_t> left(planes.size());
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
    Random random(drawn.seed);
    for (int dropped = 0; dropped < drawn.channels && left.size() > 1; ++dropped) {
      const auto at = left.begin() + static_cast<std::ptrdiff_t>(random.index(left.size()));
      planes[*at].setTo(drawn.fill);
      left.erase(at);
    }
    cv::Mat merged;
    cv::merge(planes, merged);
    return merged;
  });
}

}  // namespace orthocover::augment
