#include "core/training/augment/sample_pixels.h"

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

constexpr double kFullScale = 255;
constexpr double kDeviations = 3;

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

template <class T>
void separate(const cv::Mat& image, const GrayScale& scale, PixelBlock& pixels) {
  for (std::int64_t row = 0; row < pixels.rows; ++row) {
    const T* from = image.ptr<T>(static_cast<int>(row));
    for (int band = 0; band < pixels.bands; ++band) {
      float* to = pixels.band(band) + row * pixels.cols;
      const auto low = static_cast<float>(scale.low[static_cast<std::size_t>(band)]);
      const auto step = static_cast<float>(1 / scale.factor[static_cast<std::size_t>(band)]);
      for (std::int64_t col = 0; col < pixels.cols; ++col)
        to[col] = static_cast<float>(from[col * pixels.bands + band]) * step + low;
    }
  }
}

}  // namespace

GrayScale gray_scale_of(const std::string& data_type, const std::vector<double>& mean,
                        const std::vector<double>& deviation) {
  GrayScale scale{data_type == "Byte", std::vector<double>(mean.size()), std::vector<double>(mean.size(), 1)};
  for (std::size_t band = 0; !scale.bytes && band < mean.size(); ++band) {
    const double side = deviation[band] > 0 ? kDeviations * deviation[band] : kFullScale / 2;
    scale.low[band] = mean[band] - side;
    scale.factor[band] = kFullScale / (2 * side);
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

void take_pixels(const AugmentSample& sample, const GrayScale& scale, PixelBlock& pixels,
                 std::vector<std::uint8_t>& labels) {
  const cv::Mat& image = sample.image;
  if (image.channels() != pixels.bands || image.cols != pixels.cols || image.rows != pixels.rows) {
    throw internal_error("a sample of {} x {} px with {} bands is not the one of these pixels", image.cols,
                         image.rows, image.channels());
  }
  if (image.depth() == CV_8U)
    separate<std::uint8_t>(image, scale, pixels);
  else
    separate<float>(image, scale, pixels);
  labels.resize(pixels.valid.size());
  for (int row = 0; row < image.rows; ++row) {
    std::copy_n(sample.labels.ptr(row), image.cols,
                labels.begin() + static_cast<std::ptrdiff_t>(row) * image.cols);
  }
}

}  // namespace orthocover
