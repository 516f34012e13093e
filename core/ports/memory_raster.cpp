#include "core/ports/memory_raster.h"

#include <algorithm>

#include "core/base/error.h"

namespace orthocover {

MemoryRasterSource::MemoryRasterSource(RasterInfo info,
                                       std::function<float(int, std::int64_t, std::int64_t)> value,
                                       std::function<bool(std::int64_t, std::int64_t)> valid)
    : m_info(std::move(info)), m_value(std::move(value)), m_valid(std::move(valid)) {}

void MemoryRasterSource::read(const Window& window, int overview, PixelBlock& out) const {
  if (overview >= 0 || !m_info.window().contains(window)) {
    throw internal_error("window {} is outside the raster", to_string(window));
  }
  out.resize(static_cast<int>(m_info.bands.size()), window.cols, window.rows);
  for (int band = 0; band < out.bands; ++band) {
    float* pixel = out.band(band);
    for (std::int64_t row = window.row; row < window.bottom(); ++row) {
      for (std::int64_t col = window.col; col < window.right(); ++col) *pixel++ = m_value(band, col, row);
    }
  }
  read_validity(window, out.valid);
}

void MemoryRasterSource::read_validity(const Window& window, std::vector<std::uint8_t>& valid) const {
  valid.assign(static_cast<std::size_t>(window.pixels()), 1);
  if (!m_valid) return;
  auto pixel = valid.begin();
  for (std::int64_t row = window.row; row < window.bottom(); ++row) {
    for (std::int64_t col = window.col; col < window.right(); ++col) *pixel++ = m_valid(col, row) ? 1 : 0;
  }
}

MemoryRasterSink::MemoryRasterSink(const RasterSpec& spec)
    : m_spec(spec),
      m_pixels(static_cast<std::size_t>(spec.cols * spec.rows) * spec.band_descriptions.size(), spec.nodata),
      m_writes(static_cast<std::size_t>(spec.cols * spec.rows), 0) {}

void MemoryRasterSink::write(const Window& window, int band, std::span<const std::uint8_t> pixels) {
  const Window whole{0, 0, m_spec.cols, m_spec.rows};
  if (!whole.contains(window) || static_cast<std::int64_t>(pixels.size()) != window.pixels()) {
    throw internal_error("window {} does not fit the raster", to_string(window));
  }
  for (std::int64_t row = 0; row < window.rows; ++row) {
    const std::int64_t start = (window.row + row) * m_spec.cols + window.col;
    std::copy_n(pixels.begin() + row * window.cols, window.cols,
                m_pixels.begin() + band * m_spec.cols * m_spec.rows + start);
    if (band == 0) {
      for (std::int64_t col = 0; col < window.cols; ++col) ++m_writes[static_cast<std::size_t>(start + col)];
    }
  }
}

void MemoryRasterSink::finish(const ValueCounts& counts) {
  m_counts = counts;
}

RasterInfo memory_raster_info(std::int64_t cols, std::int64_t rows, int bands, double ground_size_m,
                              const std::string& data_type) {
  RasterInfo info;
  info.path = "memory";
  info.driver = "memory";
  info.cols = cols;
  info.rows = rows;
  info.file_bands = bands;
  info.bands.assign(static_cast<std::size_t>(bands), {data_type, "", "Undefined", std::nullopt});
  for (int band = 0; band < bands; ++band) info.bands[static_cast<std::size_t>(band)].number = band + 1;
  info.block_cols = info.block_rows = 256;
  info.georeference.geotransform = {0, ground_size_m, 0, 0, 0, -ground_size_m};
  info.ground_size_m = ground_size_m;
  return info;
}

}  // namespace orthocover
