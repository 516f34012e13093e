#pragma once

#include "core/operation/declaration.h"
#include "core/operations/training/train_options.h"

namespace orthocover::operations {

/// Declares the options of `train` that say which network learns and what it begins with.
void declare_network(OperationTable<TrainOptions>& table);

/// Declares those of the patches: their ground size, levels, size, places and variation.
void declare_patches(OperationTable<TrainOptions>& table);

/// Declares those that say how long it learns, how, and what is made small.
void declare_optimisation(OperationTable<TrainOptions>& table);

}  // namespace orthocover::operations
