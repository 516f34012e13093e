#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/run_context.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// Percentiles that are stretched unless others are asked for.
inline constexpr std::pair<double, double> kUsualPercentiles{2, 98};

/// The value that all bands of a scene have throughout one of its corners, though no alpha band, mask or
/// no-data value says that nothing is there; nothing where there is no such collar.
/// @param above_only looks at the upper corners alone
/// @throws Error{Data}
std::optional<float> undeclared_collar(const RasterSource& source, bool above_only = false);

/// Such a collar as far as people are told of it: not in frames without a place, nor in the lower corners of
/// what is decoded as a whole for them, nor in what can't be read.
std::optional<float> told_collar(const RasterSource& scene);

/// Low and high percentile of the valid pixels of each selected band, from evenly spread sample windows of
/// the whole scene, so that the stretch is the same in every patch. Pixels of an undeclared collar of 0 or
/// less are left out.
/// @param low, high in percent
/// @param cure what the user can do about a scene without a valid pixel
/// @param threads that read
/// @param run asked for the wish to stop at every window
/// @return one (low, high) pair per band
/// @throws Error{Data} when no sample is valid, Error{Cancelled}
std::vector<std::pair<double, double>> scene_percentiles(const RasterSource& source, double low, double high,
                                                         std::string_view cure, int threads = 1,
                                                         const RunContext& run = RunContext());

}  // namespace orthocover
