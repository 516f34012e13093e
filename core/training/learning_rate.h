#pragma once

#include <cstdint>

namespace orthocover {

/// How the learning rate moves over a run.
enum class LearningRateSchedule {
  Cosine,    ///< half a cosine from the peak down to zero
  Poly,      ///< (1 - progress)^0.9
  OneCycle,  ///< from a 25th of the peak up in the first 30 %, then down to a 10,000th, both by cosines
  Constant
};

/// The learning rate as a share of its peak.
/// @param progress of the run, 0..1
/// @param step counted from 0
/// @param warmup_steps the share rises linearly over the first of them, at most over a tenth of the run;
/// OneCycle has a rise of its own and leaves them out
/// @source OneCycle: Smith and Topin 2017 (arXiv 1708.07120), momentum stays as it is; Poly: Liu et al. 2015
/// (1506.04579)
double learning_rate_share(LearningRateSchedule schedule, double progress, std::int64_t step,
                           std::int64_t warmup_steps);

}  // namespace orthocover
