#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <string>

#include "core/ports/memory_raster.h"

namespace orthocover {

/// A made-up scene, with an overview of half its size, that counts how often it is read.
class CountedRaster final : public RasterSource {
 public:
  explicit CountedRaster(const RasterInfo& info, bool holes = false, double factor = 1)
      : m_made(made(info, holes, factor)), m_half(made(half_of(info), holes, 2 * factor / 3)) {}

  const RasterInfo& info() const override { return m_made.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    ++reads;
    (overview < 0 ? m_made : m_half).read(window, -1, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    ++reads;
    m_made.read_validity(window, valid);
  }
  mutable std::atomic<int> reads = 0;

 private:
  static MemoryRasterSource made(const RasterInfo& info, bool holes, double factor) {
    return {info,
            [factor](int band, std::int64_t col, std::int64_t row) {
              const auto step = static_cast<double>((31 * col + 17 * row + 90 * band) % 251);
              return static_cast<float>(std::floor(factor * step));
            },
            [holes](std::int64_t col, std::int64_t row) { return !holes || (col * row) % 7 != 3; }};
  }
  static RasterInfo half_of(RasterInfo info) {
    info.cols = (info.cols + 1) / 2;
    info.rows = (info.rows + 1) / 2;
    return info;
  }

  MemoryRasterSource m_made;
  MemoryRasterSource m_half;  ///< its overview
};

inline RasterInfo info_of(const std::string& type, std::int64_t cols = 700, std::int64_t rows = 531) {
  RasterInfo info = memory_raster_info(cols, rows, 3, 0.1);
  for (BandInfo& band : info.bands) band.data_type = type;
  return info;
}

inline void expect_same(const PixelBlock& a, const PixelBlock& b, float tolerance = 0) {
  ASSERT_EQ(a.valid, b.valid);
  for (int band = 0; band < a.bands; ++band) {
    for (std::size_t i = 0; i < a.valid.size(); ++i) {
      if (!a.valid[i]) continue;
      ASSERT_NEAR(a.band(band)[i], b.band(band)[i], tolerance) << band << ' ' << i;
    }
  }
}

}  // namespace orthocover
