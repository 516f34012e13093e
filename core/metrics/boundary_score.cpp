#include "core/metrics/boundary_score.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

constexpr double kMostTolerancePx = 100;
constexpr double kSlack = 1.002;

/// A picture of class indices with the labelled pixels of the reference.
struct Picture {
  std::span<const std::uint8_t> classes;
  std::span<const std::uint8_t> truth;
  std::int64_t cols;
  std::int64_t height;

  bool is_border(std::int64_t col, std::int64_t row) const {
    const auto at = [&](std::int64_t c, std::int64_t r) { return static_cast<std::size_t>(r * cols + c); };
    const std::size_t here = at(col, row);
    if (truth[here] == kIgnoreLabel) return false;
    constexpr std::array<std::array<int, 2>, 4> kNeighbours{{{-1, 0}, {1, 0}, {0, -1}, {0, 1}}};
    return std::ranges::any_of(kNeighbours, [&](const auto& step) {
      const std::int64_t c = col + step[0];
      const std::int64_t r = row + step[1];
      if (c < 0 || r < 0 || c >= cols || r >= height) return false;
      return truth[at(c, r)] != kIgnoreLabel && classes[at(c, r)] != classes[here];
    });
  }

  /// Whether a run of pixels and all around it are of one class; false at the picture's rim.
  bool is_run_inside(std::int64_t col, std::int64_t row) const {
    if (col < 1 || row < 1 || col + rows::kRun >= cols || row + 1 >= height) return false;
    const std::uint8_t* here = classes.data() + row * cols + col;
    return here[-1] == *here && here[rows::kRun] == *here && rows::run_is(here, *here) &&
           rows::run_is(here - cols, *here) && rows::run_is(here + cols, *here);
  }

  /// The class of every border pixel, kIgnoreLabel elsewhere.
  std::vector<std::uint8_t> borders() const {
    std::vector<std::uint8_t> found(classes.size(), kIgnoreLabel);
    for (std::int64_t row = 0; row < height; ++row) {
      for (std::int64_t col = 0; col < cols; ++col) {
        while (is_run_inside(col, row)) col += rows::kRun;
        const auto i = static_cast<std::size_t>(row * cols + col);
        if (is_border(col, row)) found[i] = classes[i];
      }
    }
    return found;
  }
};

/// Calls visit(col, row, class) for the border pixels inside `core`.
template <class Visit>
void for_each_border(const std::vector<std::uint8_t>& borders, std::int64_t cols, const Window& core,
                     const Visit& visit) {
  for (std::int64_t row = core.row; row < core.bottom(); ++row) {
    const std::uint8_t* line = borders.data() + row * cols;
    for (std::int64_t col = core.col; col < core.right(); ++col) {
      if (col + rows::kRun <= core.right() && rows::run_is(line + col, kIgnoreLabel))
        col += rows::kRun - 1;
      else if (line[col] != kIgnoreLabel)
        visit(col, row, line[col]);
    }
  }
}

std::optional<double> share(double part, double whole) {
  return whole == 0 ? std::nullopt : std::optional(part / whole);
}

}  // namespace

void BoundaryScore::set_tolerance(double tolerance, const PixelSize& pixel) {
  const double rows_apart = pixel.across_m(), cols_apart = pixel.area_m2() / pixel.height_m;
  const double tolerance_px = tolerance / std::min(rows_apart, cols_apart);
  if (!(tolerance_px >= 0 && tolerance_px <= kMostTolerancePx)) {
    throw usage_error("--tolerance: comes to {:.1f} px, allowed is 0..{} px", tolerance_px, kMostTolerancePx);
  }
  const auto distance = [&](const Window& at) {
    const auto col = static_cast<double>(at.col), row = static_cast<double>(at.row);
    return std::hypot(col * pixel.width_m + row * pixel.skew_m, row * rows_apart);
  };
  // Whole numbers of pixels stay so where the ground of a pixel is a little other than its size in the CRS.
  m_radius = static_cast<std::int64_t>(std::floor(tolerance_px * kSlack));
  m_disc.clear();
  for (std::int64_t row = -m_radius; row <= m_radius; ++row) {
    for (std::int64_t col = -m_radius; col <= m_radius; ++col) {
      if (distance({col, row, 1, 1}) <= tolerance * kSlack) m_disc.push_back({col, row, 1, 1});
    }
  }
  // From the centre outwards: most right borders are found at once.
  std::ranges::sort(m_disc, {}, distance);
}

void BoundaryScore::add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted,
                        std::int64_t cols, std::int64_t rows, const Window& core, double weight) {
  const std::vector<std::uint8_t> real = Picture{truth, truth, cols, rows}.borders();
  const std::vector<std::uint8_t> called = Picture{predicted, truth, cols, rows}.borders();
  const auto found_near = [&](const std::vector<std::uint8_t>& borders, std::int64_t col, std::int64_t row,
                              std::uint8_t wanted) {
    return std::ranges::any_of(m_disc, [&](const Window& step) {
      const std::int64_t c = col + step.col;
      const std::int64_t r = row + step.row;
      return c >= 0 && r >= 0 && c < cols && r < rows &&
             borders[static_cast<std::size_t>(r * cols + c)] == wanted;
    });
  };
  const auto score = [&](const std::vector<std::uint8_t>& borders, const std::vector<std::uint8_t>& others,
                         double Counts::*all, double Counts::*right) {
    for_each_border(borders, cols, core, [&](std::int64_t col, std::int64_t row, std::uint8_t index) {
      if (index >= m_classes) return;
      m_counts[index].*all += weight;
      if (found_near(others, col, row, index)) m_counts[index].*right += weight;
    });
  };
  score(real, called, &Counts::truth, &Counts::truth_found);
  score(called, real, &Counts::predicted, &Counts::predicted_right);
}

std::optional<double> BoundaryScore::precision(int index) const {
  const Counts& counts = m_counts[static_cast<std::size_t>(index)];
  return share(counts.predicted_right, counts.predicted);
}

std::optional<double> BoundaryScore::recall(int index) const {
  const Counts& counts = m_counts[static_cast<std::size_t>(index)];
  return share(counts.truth_found, counts.truth);
}

std::optional<double> BoundaryScore::f_score(int index) const {
  const std::optional<double> p = precision(index);
  const std::optional<double> r = recall(index);
  if (!r) return std::nullopt;
  if (!p) return 0;
  return *p + *r == 0 ? 0 : 2 * *p * *r / (*p + *r);
}

std::optional<double> BoundaryScore::mean_f_score() const {
  double sum = 0;
  int scored = 0;
  for (int index = 0; index < m_classes; ++index) {
    if (const std::optional<double> score = f_score(index)) sum += *score, ++scored;
  }
  if (scored == 0) return std::nullopt;
  return sum / scored;
}

}  // namespace orthocover
