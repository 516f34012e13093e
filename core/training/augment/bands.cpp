#include "core/training/augment/bands.h"

#include <algorithm>
#include <numeric>

namespace orthocover::augment {
namespace {

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

void put(const cv::Mat& taken, const std::vector<int>& channels, cv::Mat& image) {
  std::vector<int> pairs;
  for (std::size_t i = 0; i < channels.size(); ++i)
    pairs.insert(pairs.end(), {static_cast<int>(i), channels[i]});
  cv::mixChannels(&taken, 1, &image, 1, pairs.data(), channels.size());
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

cv::Mat by_groups(const cv::Mat& image, const ImageOperation& operation) {
  const int bands = image.channels();
  if (bands == 1 || bands == 3 || bands == 4) return operation(image);
  cv::Mat result;
  for (int first = 0; first < bands;) {
    const int left = bands - first;
    const int count = left >= 4 ? 4 : left == 3 ? 3 : 1;
    std::vector<int> group(static_cast<std::size_t>(count));
    std::iota(group.begin(), group.end(), first);
    const cv::Mat part = operation(take(image, group));
    if (result.empty()) result.create(part.size(), CV_MAKETYPE(part.depth(), bands));
    put(part, group, result);
    first += count;
  }
  return result;
}

void change_colours(AugmentSample& sample, const ImageOperation& operation) {
  if (is_whole_image(sample))
    sample.image = operation(sample.image);
  else
    change_rgb(sample, operation);
}

void change_rgb(AugmentSample& sample, const ImageOperation& operation) {
  if (sample.rgb.empty()) return;
  if (is_whole_image(sample)) {
    sample.image = operation(sample.image);
    return;
  }
  const cv::Mat changed = operation(take(sample.image, sample.rgb));
  sample.image = sample.image.clone();
  put(changed, sample.rgb, sample.image);
}

cv::Mat map_values(const cv::Mat& image, const Curve& curve) {
  return map_values(image, std::vector<Curve>{curve});
}

cv::Mat map_values(const cv::Mat& image, const std::vector<Curve>& curves) {
  return image.depth() == CV_8U ? map_bytes(image, curves) : map_floats(image, curves);
}

cv::Mat map_linear(const cv::Mat& image, const std::vector<Line>& lines) {
  if (image.depth() == CV_8U) {
    std::vector<Curve> curves;
    for (const Line& line : lines) {
      curves.emplace_back(
          [line](double value) { return double(static_cast<float>(value) * line.gain + line.offset); });
    }
    return map_bytes(image, curves);
  }
  cv::Mat mapped(image.size(), image.type());
  const std::size_t bands = static_cast<std::size_t>(image.channels());
  for (int row = 0; row < image.rows; ++row) {
    const auto* from = image.ptr<float>(row);
    auto* to = mapped.ptr<float>(row);
    for (std::size_t band = 0; band < bands; ++band) {
      const Line line = lines[band % lines.size()];
      for (std::size_t i = band; i < bands * static_cast<std::size_t>(image.cols); i += bands)
        to[i] = std::clamp(from[i] * line.gain + line.offset, 0.0F, 255.0F);
    }
  }
  return mapped;
}

cv::Mat clipped(const cv::Mat& image) {
  if (image.depth() == CV_8U) return image;
  return map_linear(image, {{1, 0}});
}

}  // namespace orthocover::augment
