#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/ports/raster_sink.h"

namespace orthocover {

/// A small copy of a map: every step-th pixel of every step-th row.
struct Thumbnail {
  std::int64_t step = 1;  ///< map pixels per thumbnail pixel
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::vector<std::uint8_t> values;  ///< @shape [rows, cols]
};

/// Passes a map on to its sink and keeps a thumbnail of band 0, so that a picture needs no second reading.
class ThumbnailSink final : public RasterSink {
 public:
  /// @param longest_px upper limit of the thumbnail's longer side
  ThumbnailSink(RasterSink& target, std::int64_t cols, std::int64_t rows, std::int64_t longest_px)
      : m_target(target) {
    m_thumbnail.step = (std::max(cols, rows) + longest_px - 1) / longest_px;
    m_thumbnail.cols = (cols + m_thumbnail.step - 1) / m_thumbnail.step;
    m_thumbnail.rows = (rows + m_thumbnail.step - 1) / m_thumbnail.step;
    m_thumbnail.values.resize(static_cast<std::size_t>(m_thumbnail.cols * m_thumbnail.rows));
  }

  void write(const Window& window, int band, std::span<const std::uint8_t> pixels) override {
    m_target.write(window, band, pixels);
    const std::int64_t step = m_thumbnail.step;
    const auto first = [step](std::int64_t at) { return (at + step - 1) / step * step; };
    for (std::int64_t row = first(window.row); band == 0 && row < window.bottom(); row += step) {
      for (std::int64_t col = first(window.col); col < window.right(); col += step) {
        m_thumbnail.values[static_cast<std::size_t>(row / step * m_thumbnail.cols + col / step)] =
            pixels[static_cast<std::size_t>((row - window.row) * window.cols + col - window.col)];
      }
    }
  }
  void finish(const ValueCounts& counts) override { m_target.finish(counts); }
  void add_to(CommitSteps& steps) override { m_target.add_to(steps); }
  std::string finished_path() const override { return m_target.finished_path(); }

  const Thumbnail& thumbnail() const { return m_thumbnail; }

 private:
  RasterSink& m_target;
  Thumbnail m_thumbnail;
};

}  // namespace orthocover
