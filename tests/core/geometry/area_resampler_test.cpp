#include "core/geometry/area_resampler.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace orthocover {
namespace {

struct Resampled {
  std::vector<float> values;
  std::vector<std::uint8_t> valid;
};

/// Resamples a whole one-band image, fed in strips of `strip` rows.
Resampled resample(const std::vector<float>& image, const std::vector<std::uint8_t>& mask, std::int64_t cols,
                   std::int64_t rows, double scale, std::int64_t out_cols, std::int64_t out_rows,
                   std::int64_t strip) {
  const AxisKernel x(scale, 0, out_cols, cols);
  const AxisKernel y(scale, 0, out_rows, rows);
  // Whatever stood there before.
  Resampled out{std::vector<float>(static_cast<std::size_t>(out_cols * out_rows), 7),
                std::vector<std::uint8_t>(static_cast<std::size_t>(out_cols * out_rows), 1)};
  AreaResampler resampler(x, y, 1, out.values.data(), out.valid.data());
  const std::int64_t width = x.source_end() - x.source_begin();
  for (std::int64_t row = y.source_begin(); row < y.source_end(); row += strip) {
    const std::int64_t count = std::min(strip, y.source_end() - row);
    std::vector<float> values;
    std::vector<std::uint8_t> valid;
    for (std::int64_t r = row; r < row + count; ++r) {
      for (std::int64_t c = 0; c < width; ++c) {
        values.push_back(image[static_cast<std::size_t>(r * cols + c + x.source_begin())]);
        valid.push_back(mask[static_cast<std::size_t>(r * cols + c + x.source_begin())]);
      }
    }
    resampler.add_rows(values.data(), valid.data(), count);
  }
  resampler.finish();
  return out;
}

TEST(AxisKernelTest, SharesOfEveryInnerPixelSumToOne) {
  for (const double scale : {0.4, 0.9, 1.0, 1.37, 2.0, 3.5, 7.25, 13.999}) {
    const AxisKernel kernel(scale, 3, 40, 10000);
    for (std::int64_t i = 0; i < kernel.count(); ++i) {
      const auto taps = kernel.taps(i);
      EXPECT_NEAR(std::accumulate(taps.weights.begin(), taps.weights.end(), 0.0), 1.0, 1e-5)
          << scale << " " << i;
    }
  }
}

TEST(AreaResamplerTest, AveragesWholeBlocksExactly) {
  const std::vector<float> image = {1, 3, 5, 7, 9, 11, 13, 15};
  const Resampled out = resample(image, std::vector<std::uint8_t>(8, 1), 4, 2, 2.0, 2, 1, 1);
  EXPECT_FLOAT_EQ(out.values[0], (1 + 3 + 9 + 11) / 4.0F);
  EXPECT_FLOAT_EQ(out.values[1], (5 + 7 + 13 + 15) / 4.0F);
}

TEST(AreaResamplerTest, CountsOnlyValidPixels) {
  const std::vector<float> image = {10, 99, 20, 99, 99, 99, 99, 99};
  const std::vector<std::uint8_t> mask = {1, 0, 1, 0, 0, 0, 0, 0};
  const Resampled out = resample(image, mask, 4, 2, 2.0, 2, 1, 2);
  EXPECT_FLOAT_EQ(out.values[0], 10);
  EXPECT_FLOAT_EQ(out.values[1], 20);
  const Resampled none = resample(image, std::vector<std::uint8_t>(8, 0), 4, 2, 2.0, 2, 1, 2);
  EXPECT_EQ(none.valid, (std::vector<std::uint8_t>{0, 0}));
  EXPECT_EQ(none.values, (std::vector<float>{0, 0}));
}

TEST(AreaResamplerTest, PreservesTheMeanAtFractionalScales) {
  std::mt19937 random(3);
  const std::int64_t size = 70;
  std::vector<float> image(static_cast<std::size_t>(size * size));
  for (float& value : image) value = static_cast<float>(random() % 256);
  const double mean = std::accumulate(image.begin(), image.end(), 0.0) / static_cast<double>(image.size());
  // 70 / 3.5 = 20 target pixels cover the image exactly.
  const Resampled out =
      resample(image, std::vector<std::uint8_t>(image.size(), 1), size, size, 3.5, 20, 20, 9);
  EXPECT_NEAR(std::accumulate(out.values.begin(), out.values.end(), 0.0) / 400, mean, 1e-3);
}

TEST(AreaResamplerTest, DoesNotDependOnTheStrips) {
  std::mt19937 random(5);
  const std::int64_t cols = 53;
  const std::int64_t rows = 47;
  std::vector<float> image(static_cast<std::size_t>(cols * rows));
  std::vector<std::uint8_t> mask(image.size());
  for (std::size_t i = 0; i < image.size(); ++i) {
    image[i] = static_cast<float>(random() % 256);
    mask[i] = random() % 5 != 0;
  }
  for (const double scale : {0.7, 1.0, 2.3}) {
    const auto out_cols = static_cast<std::int64_t>(cols / scale) + 3;  // reaches beyond the source
    const auto out_rows = static_cast<std::int64_t>(rows / scale) + 3;
    const Resampled whole = resample(image, mask, cols, rows, scale, out_cols, out_rows, rows);
    for (const std::int64_t strip : {1, 2, 7}) {
      const Resampled parts = resample(image, mask, cols, rows, scale, out_cols, out_rows, strip);
      EXPECT_EQ(parts.values, whole.values);
      EXPECT_EQ(parts.valid, whole.valid);
    }
    EXPECT_EQ(whole.valid.back(), 0) << "beyond the scene nothing is valid";
  }
}

/// Every source pixel by its share of the target's area.
std::vector<float> plain_means(const std::vector<float>& image, const std::vector<std::uint8_t>& mask,
                               int bands, const AxisKernel& x, const AxisKernel& y, std::int64_t cols) {
  std::vector<float> means;
  for (int band = 0; band < bands; ++band) {
    for (std::int64_t i = 0; i < x.count() * y.count(); ++i) {
      const auto down = y.taps(i / x.count());
      const auto across = x.taps(i % x.count());
      double sum = 0;
      double total = 0;
      for (std::size_t k = 0; k < down.weights.size() * across.weights.size(); ++k) {
        const std::size_t tap_y = k / across.weights.size();
        const std::size_t tap_x = k % across.weights.size();
        const std::size_t at =
            (static_cast<std::size_t>(down.begin) + tap_y) * static_cast<std::size_t>(cols) +
            static_cast<std::size_t>(across.begin) + tap_x;
        const double weight = mask[at] * double{down.weights[tap_y]} * across.weights[tap_x];
        sum += weight * image[static_cast<std::size_t>(band) * mask.size() + at];
        total += weight;
      }
      means.push_back(total > 1e-6 ? static_cast<float>(sum / total) : 0.0F);
    }
  }
  return means;
}

TEST(AreaResamplerTest, GivesTheMeansOfAnyNumberOfBandsAndOfBytes) {
  std::mt19937 random(9);
  const std::int64_t cols = 61;
  const std::int64_t rows = 43;
  for (const int bands : {1, 2, 3, 4, 7}) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(bands * cols * rows));
    for (std::uint8_t& value : bytes) value = static_cast<std::uint8_t>(random());
    const std::vector<float> image(bytes.begin(), bytes.end());
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(cols * rows));
    for (std::uint8_t& valid : mask) valid = random() % 5 != 0;
    std::fill_n(mask.begin() + 7 * cols, 9 * cols, std::uint8_t{0});
    for (const double scale : {0.6, 1.0, 2.4, 5.5}) {
      const AxisKernel x(scale, -2, static_cast<std::int64_t>(cols / scale) + 5, cols);
      const AxisKernel y(scale, -2, static_cast<std::int64_t>(rows / scale) + 5, rows);
      const auto size = static_cast<std::size_t>(x.count() * y.count());
      std::vector<float> out(bands * size, 7);
      std::vector<float> of_bytes(bands * size, 7);
      std::vector<std::uint8_t> valid(size, 7);
      AreaResampler by_float(x, y, bands, out.data(), valid.data());
      by_float.add_rows(image.data(), mask.data(), rows);
      by_float.finish();
      const std::vector<std::uint8_t> first_valid = valid;
      AreaResampler by_byte(x, y, bands, of_bytes.data(), valid.data());
      by_byte.add_rows(bytes.data(), mask.data(), rows);
      by_byte.finish();
      EXPECT_EQ(of_bytes, out);
      EXPECT_EQ(valid, first_valid);
      const std::vector<float> plain = plain_means(image, mask, bands, x, y, cols);
      for (std::size_t i = 0; i < plain.size(); ++i) {
        ASSERT_NEAR(out[i], plain[i], 1e-3) << bands << " bands, scale " << scale << ", " << i;
        ASSERT_TRUE(plain[i] == 0 || valid[i % size] == 1);
      }
      EXPECT_EQ(valid.front(), 0) << "before the scene nothing is valid";
    }
  }
}

TEST(AreaResamplerTest, EnlargesLinearly) {
  std::vector<float> image;
  for (int i = 0; i < 10; ++i) image.push_back(static_cast<float>(10 * i));
  const Resampled out = resample(image, std::vector<std::uint8_t>(10, 1), 10, 1, 0.5, 20, 2, 1);
  for (std::size_t i = 1; i + 1 < 20; ++i)
    EXPECT_NEAR(out.values[i], 5.0 * static_cast<double>(i) - 2.5, 1e-4);
}

}  // namespace
}  // namespace orthocover
