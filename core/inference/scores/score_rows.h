#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/buffer.h"
#include "core/inference/scores/linear_taps.h"

namespace orthocover {

/// Interpolates planes of cells to rows of targets, bilinear: each row of cells once along the row, and then
/// between two of these for each row of targets.
class RowInterpolator {
 public:
  /// @param plane_cols cells in a row of a plane
  RowInterpolator(LinearTaps rows, LinearTaps cols, std::int64_t plane_cols, int planes);

  /// Takes a plane in, in place of the one that had its number. @shape [cell rows, plane_cols]
  void set_plane(int number, const float* cells);

  /// One row of all targets of a plane; rows in turn are the fastest.
  /// @param out room for the row, used unless it is there already
  /// @return valid until the next call for this plane
  const float* row(int plane, std::int64_t row, float* out);

 private:
  /// A plane, and its two rows of cells that were last stretched to the targets: an even and an odd one.
  struct Plane {
    const float* cells = nullptr;
    std::array<std::int64_t, 2> stretched = {-1, -1};
    std::array<std::vector<float>, 2> targets;
  };

  const float* stretched(Plane& plane, std::int64_t cell_row);

  LinearTaps m_rows;
  LinearTaps m_cols;
  std::int64_t m_plane_cols;
  bool m_copies_cols;
  std::vector<Plane> m_planes;
};

/// The class with the largest score of each pixel of a row, the first of equal ones.
class RowMaximum {
 public:
  explicit RowMaximum(std::int64_t cols = 0) { resize(cols); }
  void resize(std::int64_t cols);

  /// Classes from 0 on.
  void add(int class_index, const float* scores);
  /// @param to kNoNumbers where a class's score is no number
  void write(std::uint8_t* to) const;

 private:
  std::vector<float> m_best;
  std::vector<std::int32_t> m_index;
};

/// The class with the largest score of each pixel, where scores grow bilinearly from cells to pixels. Where
/// the four cells around a pixel have one class, so has the pixel: a class that is not below another one in
/// any of them is not below it between them either. Only the other pixels are interpolated.
class CellMaximum {
 public:
  /// @param scores @shape [classes, rows, cols]; read until the last call
  CellMaximum(const float* scores, std::int64_t rows, std::int64_t cols, int classes);

  /// @param to @shape [rows.low.size(), cols.low.size()]; kNoNumbers where a score is no number
  void write(const LinearTaps& rows, const LinearTaps& cols, std::uint8_t* to);

 private:
  /// Rows of pixels between the same two rows of cells.
  struct Strip {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int64_t upper = 0;  ///< row of cells
    std::int64_t lower = 0;
  };

  /// Pixels of a row between the same two cells.
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int32_t left = 0;  ///< column of cells
    std::int32_t right = 0;
  };

  static std::vector<Run> runs_of(const LinearTaps& cols);
  void fill_between_equals(const Strip& strip, const std::vector<Run>& runs, std::uint8_t* to);
  void interpolate_others(const Strip& strip, const LinearTaps& rows, const LinearTaps& cols,
                          std::uint8_t* to);
  void stretch(std::int64_t cell_row, const LinearTaps& cols, Buffer<float>& out) const;

  const float* m_scores;
  std::int64_t m_rows;
  std::int64_t m_cols;
  int m_classes;
  std::vector<std::uint8_t> m_class_of_cell;
  std::vector<std::uint8_t>
      m_common;  ///< class of two cells one above the other, kNoNumbers if there is none
  // Of a strip, kept for the next one:
  std::vector<std::size_t> m_others;  ///< columns of pixels that are to be interpolated
  LinearTaps m_taps;                  ///< theirs
  Buffer<float> m_upper;  ///< scores of these columns at a row of cells, @shape [classes, columns]
  Buffer<float> m_lower;
  Buffer<float> m_between;  ///< of a class, @shape [rows, columns]
  RowMaximum m_maximum;
  Buffer<std::uint8_t> m_classes_between;
};

}  // namespace orthocover
