#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// A finished block of a map, held by somebody else: the map's values, then confidence and probabilities
/// where there are any.
struct BlockView {
  Window window;                                     ///< pixels of the map, a cell of the grid of blocks
  std::vector<std::span<const std::uint8_t>> bands;  ///< each @shape [rows, cols]
};

/// Work on every finished block of a map. Several threads call it at once, each for another block; what it
/// returns (it may be empty) is called in the order of the blocks, one after the other, while the block's
/// pixels are still there.
using BlockTask = std::function<std::function<void()>(const BlockView& block)>;

}  // namespace orthocover
