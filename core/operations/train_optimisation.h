#pragma once

#include "core/operation/declaration.h"
#include "core/operations/train_options.h"

namespace orthocover::operations {

/// Declares the options of `train` that say how long it learns, how, and what is made small.
void declare_optimisation(OperationTable<TrainOptions>& table);

}  // namespace orthocover::operations
