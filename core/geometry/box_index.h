#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/items_by_owner.h"
#include "core/geometry/window.h"

namespace orthocover {

/// What is left of a window when others are cut out of it, as windows that do not meet.
std::vector<Window> cut_out(const Window& window, const std::vector<Window>& holes);

/// Finds the boxes that meet a window without looking at all of them: a grid of cells over all boxes, each
/// with the numbers of the boxes on it; boxes over many cells stand in a list of their own. Only reads once
/// it is made, so any number of threads may ask.
class BoxIndex {
 public:
  BoxIndex() = default;
  explicit BoxIndex(std::vector<Window> boxes);

  /// Numbers of the boxes that meet `window`, ascending.
  std::vector<std::size_t> meeting(const Window& window) const;
  /// What of a window lies in none of the boxes, as cut_out() has it.
  std::vector<Window> outside(const Window& window) const {
    std::vector<Window> holes;
    for (const std::size_t i : meeting(window)) holes.push_back(m_boxes[i]);
    return cut_out(window, holes);
  }

 private:
  Window cells_of(const Window& window) const;

  std::vector<Window> m_boxes;
  Window m_extent;
  std::int64_t m_cell_px = 1;
  std::int64_t m_cell_cols = 0;
  ItemsByOwner m_numbers;  ///< by cell
  std::vector<std::uint32_t> m_large;
};

/// The pixel in the middle of a window, by which labels belong to regions.
Window centre_of(const Window& window);

}  // namespace orthocover
