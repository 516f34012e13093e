#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// Resamples bytes by area where a target pixel covers whole source pixels: AreaResampler's means to
/// rounding, of sums that are whole numbers. A target pixel is the mean of the valid pixels below it, and
/// valid where there is one.
class BoxMean {
 public:
  /// Most source pixels along one side of a target pixel.
  static constexpr std::int64_t kMostPx = 256;

  /// None where the scales, source pixels per target pixel, are no whole numbers of at most kMostPx.
  static std::optional<BoxMean> of(double scale_x, double scale_y);

  /// Source pixels below target pixels, which may lie partly or wholly beyond the source.
  Window below(const Window& targets, const Window& source) const;

  std::int64_t cols() const { return m_cols; }  ///< source pixels per target pixel
  std::int64_t rows() const { return m_rows; }

  /// @param from below() of the targets
  /// @param values @shape [bands, from.rows, from.cols]
  /// @param valid @shape [from.rows, from.cols]; 1 valid, 0 not
  /// @param out @shape [bands, targets.rows, targets.cols], bands `plane` values apart; 0 where not valid
  /// @param out_valid @shape [targets.rows, targets.cols]
  void resample(const Window& from, const std::uint8_t* values, const std::uint8_t* valid, int bands,
                const Window& targets, float* out, std::int64_t plane, std::uint8_t* out_valid);

 private:
  BoxMean(std::int64_t cols, std::int64_t rows) : m_cols(cols), m_rows(rows) {}

  void row(const Window& from, const std::uint8_t* values, std::int64_t band_stride,
           const std::uint8_t* valid, int bands, const Window& targets, float* out, std::int64_t plane,
           std::uint8_t* out_valid);

  std::int64_t m_cols;
  std::int64_t m_rows;
  std::vector<std::uint16_t> m_columns;  ///< sums of a box's rows
  std::vector<std::uint32_t> m_sums;
  std::vector<std::uint32_t> m_counts;
};

}  // namespace orthocover
