#include "core/metrics/area_sums.h"

#include <algorithm>
#include <functional>

#include "core/base/rows.h"

namespace orthocover {

AreaSums::ByValue AreaSums::of(const Window& window, std::span<const std::uint8_t> values) const {
  ByValue ground{};
  for (std::int64_t row = 0; row < window.rows; ++row)
    add_row(window, window.row + row, values.data() + row * window.cols, ground);
  return ground;
}

void AreaSums::add(const ByValue& block) {
  std::ranges::transform(m_ground, block, m_ground.begin(), std::plus());
}

double AreaSums::ground_of(double from, double to, std::int64_t row) const {
  double sum = 0;
  for (const double share : kGauss) sum += m_scale.along_row(from, to, static_cast<double>(row) + share) / 2;
  return sum;
}

void AreaSums::add_row(const Window& window, std::int64_t row, const std::uint8_t* values,
                       ByValue& ground) const {
  const auto width = static_cast<double>(window.cols);
  const auto begin = static_cast<double>(window.col);
  const double left = ground_of(begin, begin + width / 2, row);
  const double right = ground_of(begin + width / 2, begin + width, row);
  const double per_pixel = (left + right) / width;
  const double change = 4 * (right - left) / (width * width);  // from a pixel to the next
  for (std::int64_t col = 0; col < window.cols;) {
    const std::int64_t first = col;
    col += rows::run_length(values + first, window.cols - first);
    const double from_middle = (static_cast<double>(first + col) - width) / 2;
    ground[values[first]] += static_cast<double>(col - first) * (per_pixel + change * from_middle);
  }
}

}  // namespace orthocover
