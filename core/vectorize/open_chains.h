#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "core/vectorize/strip_graph.h"

namespace orthocover::vectorize {

/// Boundaries that go on below the last strip. Pieces of the next strip are joined to them at the vertical
/// edges that cross the border.
class OpenChains {
 public:
  /// A boundary whose both ends have been found.
  struct Closed {
    std::vector<GridPoint> points;  ///< a free loop starts at its first corner, and ends there
    std::uint32_t left = StripLabels::kNone;
    std::uint32_t right = StripLabels::kNone;
    Direction start = kUp;
    Direction finish = kUp;
    bool is_free_loop = false;
  };

  /// Joins the pieces that leave a strip.
  /// @param global component of the whole for a component of the strip
  /// @param bottom_edges vertical edges in the strip's last row
  std::vector<Closed> add(const StripGraph& graph, const std::function<std::uint32_t(std::uint32_t)>& global,
                          std::size_t bottom_edges);

  /// Lets chains know that components have become others.
  void rename_sides(const std::function<std::uint32_t(std::uint32_t)>& current);

  /// Topmost row of any open chain, or `otherwise` when there is none.
  std::int64_t first_row(std::int64_t otherwise) const;

 private:
  /// Where one end of a chain is.
  struct End {
    enum class Place : std::uint8_t { Node, Above, Border, Below };
    Place place = Place::Node;
    std::uint32_t edge = 0;
  };
  /// Front points come in reverse order, so that both ends grow cheaply.
  struct Chain {
    std::vector<GridPoint> front;
    std::vector<GridPoint> back;
    std::uint32_t left = StripLabels::kNone;
    std::uint32_t right = StripLabels::kNone;
    std::array<End, 2> ends;
    Direction start = kUp;
    Direction finish = kUp;
    std::int32_t first_row = 0;
    bool is_alive = false;

    std::size_t size() const { return front.size() + back.size(); }
  };
  struct Reference {
    std::uint32_t chain = 0;
    std::uint8_t end = 0;
  };

  std::uint32_t new_chain();
  void refer(std::uint32_t chain, std::uint8_t end);
  void reverse(std::uint32_t chain);
  void join(Reference above, Reference below, std::vector<Closed>& closed);
  static void append(Chain& to, const Chain& from);
  static void prepend(Chain& to, const Chain& from);
  Closed close(std::uint32_t chain, bool is_free_loop);
  void release(std::uint32_t chain);

  std::vector<Chain> m_chains;
  std::vector<std::uint32_t> m_free;
  std::vector<Reference> m_above;   ///< per edge of the border, the chain that comes from above
  std::vector<Reference> m_border;  ///< per edge of the border, the piece that goes on below
  std::vector<Reference> m_below;   ///< per edge of the strip's last row
};

}  // namespace orthocover::vectorize
