#include "core/vectorize/strip_graph.h"

#include <array>

namespace orthocover::vectorize {
namespace {

/// Corners with what is needed to walk from one to the next. Links that leave the strip are negative:
/// -1 - (position of the vertical edge).
struct LinkedCorners {
  std::shared_ptr<CornerRows> corners;
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> up;
  std::vector<std::int32_t> down;
  std::vector<std::uint32_t> upper_left;  ///< components of the four pixels around
  std::vector<std::uint32_t> upper_right;
  std::vector<std::uint32_t> lower_left;
  std::vector<std::uint32_t> lower_right;
  std::vector<std::int32_t> entries;  ///< per edge that comes from above: its first corner, or its exit below
  std::vector<std::int32_t> exits;    ///< per edge that leaves below: its last corner, or its entry above
};

/// Joins the changes of two neighbouring rows to corners.
class CornerFinder {
 public:
  CornerFinder(const ClassRows& rows, const StripLabels& labels) : m_rows(rows), m_labels(labels) {
    m_found.corners = std::make_shared<CornerRows>(rows.first_row() + 1);
    const std::size_t guess = rows.change_count();
    for (auto* links : {&m_found.rows, &m_found.up, &m_found.down}) links->reserve(guess);
    const std::size_t entering = rows.changes(rows.first_row()).size();
    m_found.entries.resize(entering);
    for (std::size_t i = 0; i < entering; ++i) m_above.push_back(-1 - static_cast<std::int32_t>(i));
  }

  LinkedCorners find(bool is_last) {
    for (std::int64_t y = m_rows.first_row() + 1; y < m_rows.end_row(); ++y) {
      find_row(y, m_rows.changes(y), m_rows.codes(y), m_labels.row(y));
      m_found.corners->end_of_row();
    }
    if (is_last) {
      const std::uint32_t nothing = StripLabels::kNone;
      find_row(m_rows.end_row(), {}, {}, {&nothing, 1});
      m_found.corners->end_of_row();
    }
    for (std::size_t i = 0; i < m_above.size(); ++i) link_down(m_above[i], -1 - static_cast<std::int32_t>(i));
    m_found.exits = std::move(m_above);
    return std::move(m_found);
  }

 private:
  /// Corners of the grid row above pixel row y.
  void find_row(std::int64_t y, std::span<const std::int32_t> changes, std::span<const std::uint16_t> codes,
                std::span<const std::uint32_t> labels) {
    const auto upper = m_rows.changes(y - 1);
    const auto upper_codes = m_rows.codes(y - 1);
    const auto upper_labels = m_labels.row(y - 1);
    const auto code = [](std::span<const std::uint16_t> of, std::size_t i) {
      return i < of.size() ? of[i] : std::uint16_t{0};
    };
    m_below.resize(changes.size());
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < upper.size() || b < changes.size()) {
      const bool has_up = a < upper.size() && (b == changes.size() || upper[a] <= changes[b]);
      const bool has_down = b < changes.size() && (a == upper.size() || changes[b] <= upper[a]);
      const std::size_t a_right = a + (has_up ? 1 : 0);
      const std::size_t b_right = b + (has_down ? 1 : 0);
      const bool has_left = code(upper_codes, a) != code(codes, b);
      const bool has_right = code(upper_codes, a_right) != code(codes, b_right);
      if (has_up && has_down && !has_left && !has_right) {
        m_below[b] = m_above[a];
      } else {
        const std::int32_t corner =
            add_corner({has_up ? upper[a] : changes[b], static_cast<std::int32_t>(y)},
                       (has_up ? bit(kUp) : 0) | (has_right ? bit(kRight) : 0) | (has_down ? bit(kDown) : 0) |
                           (has_left ? bit(kLeft) : 0),
                       {upper_labels[a], upper_labels[a_right], labels[b], labels[b_right]});
        m_found.up.back() = has_up ? m_above[a] : 0;
        if (has_up) link_down(m_above[a], corner);
        if (has_down) m_below[b] = corner;
      }
      a = a_right;
      b = b_right;
    }
    std::swap(m_above, m_below);
  }

  /// @param around components of the pixels at the upper left, upper right, lower left and lower right
  std::int32_t add_corner(const GridPoint& at, int edges, const std::array<std::uint32_t, 4>& around) {
    m_found.corners->add(at.x, static_cast<std::uint8_t>(edges));
    m_found.rows.push_back(at.y);
    m_found.up.push_back(0);
    m_found.down.push_back(0);
    m_found.upper_left.push_back(around[0]);
    m_found.upper_right.push_back(around[1]);
    m_found.lower_left.push_back(around[2]);
    m_found.lower_right.push_back(around[3]);
    return static_cast<std::int32_t>(m_found.rows.size()) - 1;
  }

  /// Tells the upper end of a vertical edge where its lower end is.
  void link_down(std::int32_t upper_end, std::int32_t lower_end) {
    if (upper_end >= 0)
      m_found.down[static_cast<std::size_t>(upper_end)] = lower_end;
    else
      m_found.entries[static_cast<std::size_t>(-1 - upper_end)] = lower_end;
  }

  const ClassRows& m_rows;
  const StripLabels& m_labels;
  LinkedCorners m_found;
  std::vector<std::int32_t> m_above;  ///< upper end of each vertical edge of the row above
  std::vector<std::int32_t> m_below;
};

/// Walks along the boundaries.
class Walker {
 public:
  Walker(const ClassRows& rows, const StripLabels& labels, const LinkedCorners& found)
      : m_rows(rows),
        m_labels(labels),
        m_found(found),
        m_done(found.rows.size()),
        m_exits_done(found.exits.size()) {}

  StripGraph walk() {
    const auto edges = [&](std::uint32_t corner) { return m_found.corners->edges(corner); };
    m_graph.points.reserve(m_found.rows.size() + m_found.rows.size() / 2);
    for (std::uint32_t edge = 0; edge < m_found.entries.size(); ++edge) walk_down_from(edge);
    for (std::uint32_t edge = 0; edge < m_found.exits.size(); ++edge) {
      if (!m_exits_done[edge]) walk_up_from(edge);
    }
    for (std::uint32_t corner = 0; corner < m_done.size(); ++corner) {
      if (!m_found.corners->is_node(corner)) continue;
      for (const Direction d : {kUp, kRight, kDown, kLeft}) {
        if ((edges(corner) & ~m_done[corner] & bit(d)) != 0) walk_from(corner, d);
      }
    }
    for (std::uint32_t corner = 0; corner < m_done.size(); ++corner) {
      // The first corner of a closed loop in reading order is its upper left one.
      if (m_done[corner] == 0 && !m_found.corners->is_node(corner)) walk_from(corner, kRight);
    }
    m_graph.corners = m_found.corners;
    return std::move(m_graph);
  }

 private:
  GridPoint point(std::uint32_t corner) const {
    return {m_found.corners->column(corner), m_found.rows[corner]};
  }

  void start_piece() {
    m_piece = {};
    m_piece.begin = static_cast<std::uint32_t>(m_graph.points.size());
  }

  void walk_down_from(std::uint32_t edge) {
    start_piece();
    const auto labels = m_labels.row(m_rows.first_row());
    m_piece.right = labels[edge];
    m_piece.left = labels[edge + 1];
    m_piece.start_exit = {StripExit::Side::Above, edge};
    m_piece.start = kDown;
    follow(m_found.entries[edge], kDown);
  }

  void walk_up_from(std::uint32_t edge) {
    m_exits_done[edge] = true;
    start_piece();
    const auto labels = m_labels.row(m_rows.end_row() - 1);
    m_piece.left = labels[edge];
    m_piece.right = labels[edge + 1];
    m_piece.start_exit = {StripExit::Side::Below, edge};
    m_piece.start = kUp;
    follow(m_found.exits[edge], kUp);
  }

  void walk_from(std::uint32_t corner, Direction direction) {
    start_piece();
    const std::uint32_t ul = m_found.upper_left[corner];
    const std::uint32_t ur = m_found.upper_right[corner];
    const std::uint32_t ll = m_found.lower_left[corner];
    const std::uint32_t lr = m_found.lower_right[corner];
    const std::array lefts = {ul, ur, lr, ll};
    const std::array rights = {ur, lr, ll, ul};
    m_piece.left = lefts[direction];
    m_piece.right = rights[direction];
    m_piece.start = direction;
    m_piece.is_free_loop = !m_found.corners->is_node(corner);
    m_loop_start = corner;
    m_done[corner] |= bit(direction);
    m_graph.points.push_back(point(corner));
    follow(next(corner, direction), direction);
  }

  std::int32_t next(std::uint32_t corner, Direction direction) const {
    switch (direction) {
      case kUp:
        return m_found.up[corner];
      case kDown:
        return m_found.down[corner];
      case kRight:
        return static_cast<std::int32_t>(corner) + 1;
      default:
        return static_cast<std::int32_t>(corner) - 1;
    }
  }

  /// Walks on from the corner (or out of the strip) that is reached in this direction.
  void follow(std::int32_t at, Direction direction) {
    while (at >= 0) {
      const auto corner = static_cast<std::uint32_t>(at);
      m_graph.points.push_back(point(corner));
      if (m_found.corners->is_node(corner)) {
        m_done[corner] |= bit(opposite(direction));
        break;
      }
      if (m_piece.is_free_loop && corner == m_loop_start) break;
      m_done[corner] = 0xf;
      const auto onwards =
          static_cast<std::uint8_t>(m_found.corners->edges(corner) & ~bit(opposite(direction)));
      direction = static_cast<Direction>(std::countr_zero(onwards));
      at = next(corner, direction);
    }
    if (at < 0) {
      m_piece.end_exit = {direction == kUp ? StripExit::Side::Above : StripExit::Side::Below,
                          static_cast<std::uint32_t>(-1 - at)};
      if (direction == kDown) m_exits_done[m_piece.end_exit.edge] = true;
    }
    m_piece.finish = direction;
    m_piece.end = static_cast<std::uint32_t>(m_graph.points.size());
    // What comes in at one edge above and leaves at another is met from both.
    const bool seen = m_piece.start_exit.side == StripExit::Side::Above &&
                      m_piece.end_exit.side == StripExit::Side::Above &&
                      m_piece.end_exit.edge < m_piece.start_exit.edge;
    if (seen)
      m_graph.points.resize(m_piece.begin);
    else
      m_graph.pieces.push_back(m_piece);
  }

  const ClassRows& m_rows;
  const StripLabels& m_labels;
  const LinkedCorners& m_found;
  StripGraph m_graph;
  ArcPiece m_piece;
  std::uint32_t m_loop_start = 0;
  std::vector<std::uint8_t> m_done;  ///< per corner the directions that have been walked
  std::vector<bool> m_exits_done;
};

}  // namespace

StripGraph trace_strip(const ClassRows& rows, const StripLabels& labels, bool is_last,
                       std::shared_ptr<const ClassRows> kept_rows) {
  const LinkedCorners found = CornerFinder(rows, labels).find(is_last);
  found.corners->keep_pixel_rows(std::move(kept_rows));
  return Walker(rows, labels, found).walk();
}

}  // namespace orthocover::vectorize
