#pragma once

#include <vector>

#include "core/training/split.h"

namespace orthocover {

/// Cuts the ground of every scene into squares, holds some of them out and masks the labels in the gap around
/// those. See apply_split().
void split_into_blocks(const SplitOptions& options, std::vector<TrainingScene>& scenes);

}  // namespace orthocover
