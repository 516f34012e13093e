#include "core/training/augment/sample_pixels.h"

#include <algorithm>

#include "core/legend/legend.h"

namespace orthocover {
namespace {

constexpr double kFullScale = 255;
constexpr double kDeviations = 3;
constexpr double kMostDeviations = 10;

template <class T>
void interleave(const PixelBlock& pixels, const GrayScale& scale, cv::Mat& image) {
  for (std::int64_t row = 0; row < pixels.rows; ++row) {
    T* to = image.ptr<T>(static_cast<int>(row));
    for (int band = 0; band < pixels.bands; ++band) {
      const float* from = pixels.band(band) + row * pixels.cols;
      const auto low = static_cast<float>(scale.low[static_cast<std::size_t>(band)]);
      const auto factor = static_cast<float>(scale.factor[static_cast<std::size_t>(band)]);
      for (std::int64_t col = 0; col < pixels.cols; ++col)
        to[col * pixels.bands + band] = cv::saturate_cast<T>((from[col] - low) * factor);
    }
  }
}

}  // namespace

GrayScale gray_scale_of(const std::string& data_type, const std::vector<double>& mean,
                        const std::vector<double>& deviation, const std::vector<double>& lowest,
                        const std::vector<double>& highest) {
  GrayScale scale{data_type == "Byte", std::vector<double>(mean.size()), std::vector<double>(mean.size(), 1)};
  for (std::size_t band = 0; !scale.bytes && band < mean.size(); ++band) {
    const double side = deviation[band] > 0 ? kDeviations * deviation[band] : kFullScale / 2;
    double low = mean[band] - side, high = mean[band] + side;
    if (!lowest.empty()) {
      const double most = kMostDeviations * deviation[band];
      low = std::min(low, std::max(lowest[band], mean[band] - most));
      high = std::max(high, std::min(highest[band], mean[band] + most));
    }
    scale.low[band] = low;
    scale.factor[band] = kFullScale / (high - low);
  }
  return scale;
}

AugmentSample sample_of(const PixelBlock& pixels, const std::vector<std::uint8_t>& labels,
                        const GrayScale& scale, std::vector<int> rgb) {
  const int rows = static_cast<int>(pixels.rows);
  const int cols = static_cast<int>(pixels.cols);
  AugmentSample sample{cv::Mat(rows, cols, CV_MAKETYPE(scale.bytes ? CV_8U : CV_32F, pixels.bands)),
                       cv::Mat(rows, cols, CV_8UC1), std::move(rgb)};
  if (scale.bytes)
    interleave<std::uint8_t>(pixels, scale, sample.image);
  else
    interleave<float>(pixels, scale, sample.image);
  for (std::size_t i = 0; i < labels.size(); ++i)
    sample.labels.data[i] = pixels.valid[i] ? labels[i] : kIgnoreLabel;
  return sample;
}

}  // namespace orthocover
