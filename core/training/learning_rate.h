#pragma once

#include <cstdint>

namespace orthocover {

/// Learning rate as a share of its peak: a linear warm-up over the first steps, then half a cosine to zero
/// over the progress of the run, whether that is counted in steps or in time.
/// @param progress 0..1
/// @param step counted from 0
/// @source Loshchilov and Hutter 2017, "SGDR"
double learning_rate_share(double progress, std::int64_t step, std::int64_t warmup_steps);

}  // namespace orthocover
