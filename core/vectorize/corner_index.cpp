#include "core/vectorize/corner_index.h"

namespace orthocover::vectorize {

std::optional<std::uint8_t> CornerIndex::edges_at(const GridPoint& point) const {
  if (!has_row(point.y)) return std::nullopt;
  const CornerRows& rows = strip(point.y);
  const auto columns = rows.columns(point.y);
  const auto at = std::ranges::lower_bound(columns, point.x);
  if (at == columns.end() || *at != point.x) return std::nullopt;
  return rows.edges(rows.begin(point.y) + static_cast<std::uint32_t>(at - columns.begin()));
}

std::optional<GridPoint> CornerIndex::follow(const GridPoint& corner, Direction direction,
                                             std::int64_t first_row, std::int64_t last_row) const {
  if (direction == kLeft || direction == kRight) {
    const auto row = columns(corner.y);
    const auto at = std::ranges::lower_bound(row, corner.x);
    return GridPoint{direction == kRight ? *(at + 1) : *(at - 1), corner.y};
  }
  const int step = direction == kDown ? 1 : -1;
  for (std::int64_t y = corner.y + step; y >= first_row && y <= last_row && has_row(y); y += step) {
    const auto row = columns(y);
    const auto at = std::ranges::lower_bound(row, corner.x);
    if (at != row.end() && *at == corner.x) return GridPoint{corner.x, static_cast<std::int32_t>(y)};
  }
  return std::nullopt;
}

}  // namespace orthocover::vectorize
