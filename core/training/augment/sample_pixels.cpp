#include "core/training/augment/sample_pixels.h"

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

constexpr double kFullScale = 255;

template <class T>
void interleave(const PixelBlock& pixels, double factor, cv::Mat& image) {
  for (std::int64_t row = 0; row < pixels.rows; ++row) {
    T* to = image.ptr<T>(static_cast<int>(row));
    for (int band = 0; band < pixels.bands; ++band) {
      const float* from = pixels.band(band) + row * pixels.cols;
      for (std::int64_t col = 0; col < pixels.cols; ++col)
        to[col * pixels.bands + band] = cv::saturate_cast<T>(from[col] * static_cast<float>(factor));
    }
  }
}

template <class T>
void separate(const cv::Mat& image, double factor, PixelBlock& pixels) {
  for (std::int64_t row = 0; row < pixels.rows; ++row) {
    const T* from = image.ptr<T>(static_cast<int>(row));
    for (int band = 0; band < pixels.bands; ++band) {
      float* to = pixels.band(band) + row * pixels.cols;
      for (std::int64_t col = 0; col < pixels.cols; ++col)
        to[col] = static_cast<float>(from[col * pixels.bands + band]) * static_cast<float>(factor);
    }
  }
}

}  // namespace

GrayScale gray_scale_of(const std::string& data_type) {
  if (data_type == "Byte") return {true, 1};
  return {false, data_type == "UInt16" ? kFullScale / 65535 : kFullScale};
}

AugmentSample sample_of(const PixelBlock& pixels, const std::vector<std::uint8_t>& labels,
                        const GrayScale& scale, std::vector<int> rgb) {
  const int rows = static_cast<int>(pixels.rows);
  const int cols = static_cast<int>(pixels.cols);
  AugmentSample sample{cv::Mat(rows, cols, CV_MAKETYPE(scale.bytes ? CV_8U : CV_32F, pixels.bands)),
                       cv::Mat(rows, cols, CV_8UC1), std::move(rgb)};
  if (scale.bytes)
    interleave<std::uint8_t>(pixels, scale.factor, sample.image);
  else
    interleave<float>(pixels, scale.factor, sample.image);
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
    separate<std::uint8_t>(image, 1 / scale.factor, pixels);
  else
    separate<float>(image, 1 / scale.factor, pixels);
  labels.resize(pixels.valid.size());
  for (int row = 0; row < image.rows; ++row) {
    std::copy_n(sample.labels.ptr(row), image.cols,
                labels.begin() + static_cast<std::ptrdiff_t>(row) * image.cols);
  }
}

}  // namespace orthocover
