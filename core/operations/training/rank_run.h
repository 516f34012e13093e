#pragma once

#include "core/operation/operation.h"
#include "core/operations/training/train_options.h"

namespace orthocover::operations {

/// Trains as one of several processes, context.ranks. All of them load data and make passes; rank 0 alone
/// scores, writes files and has something to say. An error of one ends all with its kind and message.
/// @throws Error, RankError
OperationResult train_as_rank(const TrainOptions& options, OperationContext& context);

}  // namespace orthocover::operations
