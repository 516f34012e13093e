#pragma once

#include <cstdint>
#include <vector>

#include "core/base/run_context.h"
#include "core/ports/map_source.h"

namespace orthocover {

/// Draws pixels of a map at random inside each value, without drawing one twice, in a random order over all
/// values, so that who looks them up does not see the map's class from their order.
/// @param counts pixels of each value, from count_values()
/// @param wanted points of each value @shape [256]; at most counts
/// @throws Error{Cancelled}
std::vector<SamplePoint> draw_points(const MapSource& map, const std::vector<std::uint64_t>& counts,
                                     const std::vector<std::int64_t>& wanted, std::uint64_t seed,
                                     RunContext& context);

}  // namespace orthocover
