#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace orthocover {

/// Where the two-point rule of Gauss looks, as shares of the interval; exact for cubics.
inline constexpr std::array<double, 2> kGauss = {0.21132486540518713, 0.78867513459481287};

/// How much ground lies along a row of pixels, from its first column on.
class RowGround {
 public:
  /// A cubic on one part of the row, by powers of the share of the part that is passed.
  using Cubic = std::array<double, 4>;

  /// @param parts of the row, of equal length
  RowGround(double part_cols, std::vector<Cubic> parts);

  /// Ground of the pixels [0, col).
  double before(std::int64_t col) const;

 private:
  double m_part_cols;
  double m_last_part;
  std::vector<Cubic> m_parts;
  std::vector<double> m_passed;  ///< integral up to each part, in parts
};

/// How much ground a pixel covers, for every place of a raster: a smooth field, known at the nodes of a
/// control grid and cubic between them, whose integrals over rows and pixels are exact.
class AreaScale {
 public:
  /// Ground per square pixel at a place, in raster coordinates.
  using Density = std::function<double(double col, double row)>;

  /// The same everywhere.
  explicit AreaScale(double per_pixel);
  /// Over [0, cols] x [0, rows].
  /// @param parts_across, parts_down of the control grid; fewer than three count as three
  AreaScale(double cols, double rows, int parts_across, int parts_down, const Density& density);

  /// Integral of the field along a row, from column `from` to column `to`.
  double along_row(double from, double to, double row) const;

  /// The ground of a row of pixels.
  RowGround row_ground(std::int64_t row) const;

  /// Length of a part of the control grid.
  double part_cols() const { return m_part_cols; }
  double part_rows() const { return m_part_rows; }

 private:
  /// The four nodes around a place on one axis and their weights.
  struct Stencil {
    std::size_t first;
    std::array<double, 4> weights;
  };
  using Cubic = RowGround::Cubic;

  static Stencil stencil_at(double position, std::size_t nodes);
  static Cubic cubic_of(const double* nodes, std::size_t part, std::size_t count);
  double at(double position, const Stencil& down) const;
  double integral_to(double position, const Stencil& down) const;

  std::size_t m_across = 4;  ///< nodes of a row
  std::size_t m_down = 4;
  double m_part_cols = 1;
  double m_part_rows = 1;
  std::vector<double> m_density;  ///< @shape [down, across]
  std::vector<double> m_passed;   ///< integral from the first node of the row, in parts; same shape
};

}  // namespace orthocover
