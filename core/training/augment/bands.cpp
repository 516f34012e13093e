#include "core/training/augment/bands.h"

#include <algorithm>

namespace orthocover::augment {
namespace {

/// What OpenCV's functions take throughout.
constexpr int kMostChannels = 4;

bool is_whole_image(const AugmentSample& sample) {
  return sample.rgb.empty() || (sample.image.channels() == 3 && sample.rgb == std::vector<int>{0, 1, 2});
}

cv::Mat take(const cv::Mat& image, const std::vector<int>& channels) {
  cv::Mat taken(image.size(), CV_MAKETYPE(image.depth(), static_cast<int>(channels.size())));
  std::vector<int> pairs;
  for (std::size_t i = 0; i < channels.size(); ++i)
    pairs.insert(pairs.end(), {channels[i], static_cast<int>(i)});
  cv::mixChannels(&image, 1, &taken, 1, pairs.data(), channels.size());
  return taken;
}

cv::Mat with(const cv::Mat& image, const std::vector<int>& channels, const cv::Mat& taken) {
  cv::Mat changed = image.clone();
  std::vector<int> pairs;
  for (std::size_t i = 0; i < channels.size(); ++i)
    pairs.insert(pairs.end(), {static_cast<int>(i), channels[i]});
  cv::mixChannels(&taken, 1, &changed, 1, pairs.data(), channels.size());
  return changed;
}

cv::Mat map_bytes(const cv::Mat& image, const std::vector<Curve>& curves) {
  const int tables = static_cast<int>(curves.size());
  cv::Mat table(1, 256, CV_8UC(tables));
  for (int value = 0; value < 256; ++value) {
    for (int i = 0; i < tables; ++i)
      table.ptr()[value * tables + i] = to_byte(curves[static_cast<std::size_t>(i)](value));
  }
  cv::Mat mapped;
  cv::LUT(image, table, mapped);
  return mapped;
}

cv::Mat map_floats(const cv::Mat& image, const std::vector<Curve>& curves) {
  cv::Mat mapped(image.size(), image.type());
  const int values = image.cols * image.channels();
  const std::size_t count = curves.size();
  for (int row = 0; row < image.rows; ++row) {
    const auto* from = image.ptr<float>(row);
    auto* to = mapped.ptr<float>(row);
    for (int i = 0; i < values; ++i) {
      const Curve& curve = curves[static_cast<std::size_t>(i) % count];
      to[i] = static_cast<float>(std::clamp(curve(static_cast<double>(from[i])), 0.0, 255.0));
    }
  }
  return mapped;
}

}  // namespace

cv::Mat by_planes(const cv::Mat& image, const ImageOperation& operation) {
  if (image.channels() <= kMostChannels) return operation(image);
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  for (cv::Mat& plane : planes) plane = operation(plane);
  cv::Mat merged;
  cv::merge(planes, merged);
  return merged;
}

void change_colours(AugmentSample& sample, const ImageOperation& operation) {
  if (is_whole_image(sample))
    sample.image = operation(sample.image);
  else
    change_rgb(sample, operation);
}

void change_rgb(AugmentSample& sample, const ImageOperation& operation) {
  if (sample.rgb.empty()) return;
  if (is_whole_image(sample))
    sample.image = operation(sample.image);
  else
    sample.image = with(sample.image, sample.rgb, operation(take(sample.image, sample.rgb)));
}

cv::Mat map_values(const cv::Mat& image, const Curve& curve) {
  return map_values(image, std::vector<Curve>{curve});
}

cv::Mat map_values(const cv::Mat& image, const std::vector<Curve>& curves) {
  return image.depth() == CV_8U ? map_bytes(image, curves) : map_floats(image, curves);
}

}  // namespace orthocover::augment
