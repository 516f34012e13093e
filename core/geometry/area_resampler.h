#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace orthocover {

/// Weights of source pixels for every target pixel along one axis: exact area shares when shrinking, linear
/// interpolation when enlarging.
class AxisKernel {
 public:
  /// @param scale source pixels per target pixel
  /// @param first first target pixel, in the grid whose pixel i covers source [i * scale, (i + 1) * scale)
  /// @param count target pixels
  /// @param source_size source pixels are 0 .. source_size - 1; target pixels beyond them get no weight
  AxisKernel(double scale, std::int64_t first, std::int64_t count, std::int64_t source_size);

  /// Source pixels of one target pixel: [begin, begin + weights.size()).
  struct Taps {
    std::int64_t begin = 0;
    std::span<const float> weights;
  };
  Taps taps(std::int64_t target) const;
  std::int64_t count() const { return static_cast<std::int64_t>(m_begin.size()); }
  /// Source pixels that any target pixel looks at: [source_begin(), source_end()).
  std::int64_t source_begin() const { return m_source_begin; }
  std::int64_t source_end() const { return m_source_end; }

 private:
  std::vector<std::int64_t> m_begin;
  std::vector<std::size_t> m_offset;
  std::vector<float> m_weights;
  std::int64_t m_source_begin = 0;
  std::int64_t m_source_end = 0;
};

/// Resamples rows of masked pixels to a target block, fed strip by strip so that the source is never whole in
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
  /// @param values @shape [bands, row_count, cols.source_end() - cols.source_begin()]; finite where not valid
  /// @param valid @shape [row_count, cols.source_end() - cols.source_begin()]
  void add_rows(const float* values, const std::uint8_t* valid, std::int64_t row_count);

  /// Completes the result.
  void finish();

 private:
  /// A target row under construction: source rows summed with their weights, not yet resampled along the row.
  struct OpenRow {
    std::vector<float> sums;  ///< @shape [bands, source width]
    std::vector<float>
        total;  ///< @shape [source width], weight of the valid pixels; empty: `weight` throughout
    float weight = 0;
    bool empty = true;
  };

  void add_row(const float* values, std::int64_t band_stride, const std::uint8_t* valid);
  void add_to(OpenRow& open, float weight, const float* values, std::int64_t band_stride,
              const std::uint8_t* valid);
  void close_first();
  void clear(std::int64_t row);
  template <int kBands>
  void close(const OpenRow& open, std::int64_t row);

  const AxisKernel& m_cols;
  const AxisKernel& m_rows;
  int m_bands;
  std::int64_t m_width;  ///< of the source
  std::int64_t m_next_row;
  std::int64_t m_first_open = 0;  ///< first target row that later source rows may still reach
  std::deque<OpenRow> m_open;     ///< target rows from that one on
  std::vector<OpenRow> m_spare;   ///< memory of closed ones
  std::vector<float> m_weights;   ///< of a row's pixels, @shape [source width]
  float* m_values;                ///< @shape [bands, rows, cols]
  std::uint8_t* m_valid;          ///< @shape [rows, cols]
};

}  // namespace orthocover
