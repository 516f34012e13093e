#include "core/training/augment/quality.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/training/augment/bands.h"
#include "core/training/augment/noise_source.h"

namespace orthocover::augment {
namespace {

/// Calls change(value, index in the row) for every value and keeps 0..255.
template <class T, class Change>
void change_values(const cv::Mat& from, cv::Mat& to, Change change) {
  for (int row = 0; row < from.rows; ++row) {
    const T* before = from.ptr<T>(row);
    T* after = to.ptr<T>(row);
    for (int i = 0; i < from.cols * from.channels(); ++i) {
      const float value = static_cast<float>(before[i]) + change(row, i);
      after[i] = static_cast<T>(std::clamp(value, 0.0F, 255.0F));
    }
  }
}

template <class Change>
cv::Mat with_change(const cv::Mat& image, Change change) {
  cv::Mat changed(image.size(), image.type());
  if (image.depth() == CV_8U)
    change_values<std::uint8_t>(image, changed, change);
  else
    change_values<float>(image, changed, change);
  return changed;
}

void shake(cv::Mat& hls, const IsoNoise::Drawn& drawn) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(hls, mean, deviation);
  const QuantileTable lightness = QuantileTable::poisson(deviation[1] * drawn.intensity * 255);
  const auto hue_deviation = static_cast<float>(360 * drawn.colour * drawn.intensity);
  NoiseSource noise(drawn.seed);
  for (int row = 0; row < hls.rows; ++row) {
    auto* pixels = hls.ptr<cv::Vec3f>(row);
    for (int col = 0; col < hls.cols; ++col) {
      cv::Vec3f& pixel = pixels[col];
      pixel[0] += hue_deviation * QuantileTable::normal().draw(noise);
      if (pixel[0] < 0) pixel[0] += 360;
      if (pixel[0] > 360) pixel[0] -= 360;
      pixel[1] += lightness.draw(noise) / 255 * (1 - pixel[1]);
    }
  }
}

cv::Mat through_jpeg(const cv::Mat& bytes, int quality) {
  const bool colour = bytes.channels() == 3;
  cv::Mat bgr;
  if (colour) cv::cvtColor(bytes, bgr, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> file;
  cv::imencode(".jpg", colour ? bgr : bytes, file, {cv::IMWRITE_JPEG_QUALITY, quality});
  cv::Mat decoded = cv::imdecode(file, colour ? cv::IMREAD_COLOR : cv::IMREAD_GRAYSCALE);
  if (colour) cv::cvtColor(decoded, decoded, cv::COLOR_BGR2RGB);
  return decoded;
}

cv::Mat compressed(const cv::Mat& image, int quality) {
  if (image.depth() == CV_8U) return through_jpeg(image, quality);
  cv::Mat bytes;
  image.convertTo(bytes, CV_8U);
  cv::Mat change;
  cv::subtract(through_jpeg(bytes, quality), bytes, change, cv::noArray(), CV_32F);
  return clipped(image + change);
}

}  // namespace

void GaussianNoise::declare(KeyTable<GaussianNoise>& table) {
  table.summary("Noise of its own for every pixel and colour")
      .add("sigma", &GaussianNoise::sigma, {0, 128}, "deviation in grey levels");
}

GaussianNoise::Drawn GaussianNoise::draw(Random& random) const {
  const double deviation = sigma.draw(random);
  return {deviation, draw_seed(random)};
}

void GaussianNoise::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& image) {
    NoiseSource noise(drawn.seed);
    const QuantileTable& normal = QuantileTable::normal();
    const auto sigma = static_cast<float>(drawn.sigma);
    // Bytes are truncated; half a level more keeps their mean.
    const float half = image.depth() == CV_8U ? 0.5F : 0.0F;
    return with_change(image, [&](int, int) { return sigma * normal.draw(noise) + half; });
  });
}

void add_noise(AugmentSample& sample, const cv::Mat& noise) {
  change_colours(sample, [&](const cv::Mat& image) {
    return with_change(image, [&](int row, int i) { return noise.ptr<float>(row)[i]; });
  });
}

void IsoNoise::declare(KeyTable<IsoNoise>& table) {
  table.summary("Noise of a camera at high sensitivity: in hue and lightness")
      .add("colour", &IsoNoise::colour, {0, 1}, "deviation of the hue at intensity 1, in turns")
      .add("intensity", &IsoNoise::intensity, {0, 2}, "of both");
}

IsoNoise::Drawn IsoNoise::draw(Random& random) const {
  Drawn drawn;
  drawn.colour = colour.draw(random);
  drawn.intensity = intensity.draw(random);
  drawn.seed = draw_seed(random);
  return drawn;
}

void IsoNoise::apply(AugmentSample& sample, const Drawn& drawn) {
  change_rgb(sample, [&](const cv::Mat& image) {
    cv::Mat unit;
    image.convertTo(unit, CV_32F, 1.0 / 255);
    cv::Mat hls;
    cv::cvtColor(unit, hls, cv::COLOR_RGB2HLS);
    shake(hls, drawn);
    cv::Mat rgb;
    cv::cvtColor(hls, rgb, cv::COLOR_HLS2RGB);
    const cv::Mat values = clipped(rgb * 255);
    if (image.depth() == CV_32F) return values;
    cv::Mat bytes(image.size(), image.type());
    for (int row = 0; row < values.rows; ++row)
      std::transform(values.ptr<float>(row), values.ptr<float>(row) + 3 * values.cols, bytes.ptr(row),
                     to_byte);
    return bytes;
  });
}

void JpegCompression::declare(KeyTable<JpegCompression>& table) {
  table.summary("What JPEG makes of the colours")
      .add("quality", &JpegCompression::quality, {1, 100}, "100 is best");
}

JpegCompression::Drawn JpegCompression::draw(Random& random) const {
  return {quality.draw(random)};
}

void JpegCompression::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& image) {
    if (image.channels() == 3 || image.channels() == 1) return compressed(image, drawn.quality);
    std::vector<cv::Mat> planes;
    cv::split(image, planes);
    for (cv::Mat& plane : planes) plane = compressed(plane, drawn.quality);
    cv::Mat merged;
    cv::merge(planes, merged);
    return merged;
  });
}

}  // namespace orthocover::augment
