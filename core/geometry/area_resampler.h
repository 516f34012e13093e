#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace orthocover {

/// Weights of source pixels for every target pixel along one axis: area shares when shrinking, linear
/// interpolation when enlarging.
class AxisKernel {
 public:
  /// @param scale source pixels per target pixel
  /// @param first first target pixel, in the grid whose pixel i covers source [i * scale, (i + 1) * scale)
  /// @param count target pixels
  /// @param source_size source pixels are 0 .. source_size - 1; target pixels beyond them get no weight
  AxisKernel(double scale, std::int64_t first, std::int64_t count, std::int64_t source_size);

  /// Source pixels of one target pixel, from `begin` on.
  struct Taps {
    std::int64_t begin = 0;
    std::span<const float> weights;
  };
  Taps taps(std::int64_t target) const;
  /// @shape [count(), most_taps()], zeros where a target has fewer
  const float* padded_weights() const { return m_weights.data(); }
  std::int64_t most_taps() const { return m_most_taps; }
  std::int64_t count() const { return static_cast<std::int64_t>(m_begin.size()); }
  /// Source pixels of all: [source_begin(), source_end()).
  std::int64_t source_begin() const { return m_source_begin; }
  std::int64_t source_end() const { return m_source_end; }

 private:
  std::int64_t m_most_taps;
  std::vector<std::int64_t> m_begin;
  std::vector<std::int64_t> m_taps;
  std::vector<float> m_weights;
  std::int64_t m_source_begin = 0;
  std::int64_t m_source_end = 0;
};

/// Resamples rows of masked pixels to a target block, strip by strip, so that the source is never whole in
/// memory. A target pixel is the mean of the valid source pixels under it, weighted by the area that they
/// share with it; it is valid where at least one of them is.
class AreaResampler {
 public:
  /// What is given must outlive the object.
  /// @param values room for the result, @shape [bands, rows.count(), cols.count()]; 0 where not valid
  /// @param valid @shape [rows.count(), cols.count()]
  AreaResampler(const AxisKernel& cols, const AxisKernel& rows, int bands, float* values,
                std::uint8_t* valid);

  /// Adds source rows, which must come in order without gaps from rows.source_begin() on.
  /// @tparam Value float or std::uint8_t
  /// @param values @shape [bands, row_count, cols.source_end() - cols.source_begin()]; finite where not valid
  /// @param valid @shape [row_count, the same]
  template <class Value>
  void add_rows(const Value* values, const std::uint8_t* valid, std::int64_t row_count);

  /// Completes the result.
  void finish();

 private:
  /// A target row in the making: the weighted sum of source rows, not yet resampled along itself.
  struct OpenRow {
    std::vector<float> sums;   ///< @shape [bands, source width]
    std::vector<float> total;  ///< weight of the valid pixels, @shape [source width]; empty: `weight`
    float weight = 0;
    bool empty = true;
  };

  template <class Value>
  void add_row(const Value* values, std::int64_t band_stride, const std::uint8_t* valid);
  template <class Value>
  void add_to(OpenRow& open, float weight, const Value* values, std::int64_t band_stride,
              const std::uint8_t* valid);
  void close_first();
  void clear(std::int64_t row);
  void close(const OpenRow& open, std::int64_t row);

  const AxisKernel& m_cols;
  const AxisKernel& m_rows;
  int m_bands;
  std::int64_t m_width;  ///< of the source
  std::int64_t m_next_row;
  std::int64_t m_first_open = 0;  ///< first target row that source rows may still reach
  std::deque<OpenRow> m_open;     ///< target rows from that one on
  std::vector<OpenRow> m_spare;   ///< memory of closed ones
  std::vector<float> m_weights;   ///< @shape [source width]
  std::vector<float> m_pixels;    ///< @shape [source width + most taps, three bands and a weight]
  std::vector<float> m_sums;      ///< @shape [cols, three bands and a weight]
  float* m_values;                ///< @shape [bands, rows, cols]
  std::uint8_t* m_valid;          ///< @shape [rows, cols]
};

}  // namespace orthocover
