#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/operation/operation.h"

namespace orthocover::operations {

/// A model of a comparison that is trained for it.
struct PlannedModel {
  std::string package;    ///< folder, named after the run config
  nlohmann::json values;  ///< resolved options of `train`
};

/// Reads run configs of `train`; what they say about the package is replaced by `folder`/NAME-OF-THE-CONFIG.
/// @throws Error{Usage} for configs that `train` would refuse, or two of one name; Error{Data} for unreadable
/// ones
std::vector<PlannedModel> plan_models(const std::vector<std::string>& configs, const std::string& folder);

/// Trains the model unless its package is there; goes on where an earlier run was stopped.
/// @throws what train throws
void train_if_missing(const PlannedModel& model, const OperationContext& context, RunContext& run);

}  // namespace orthocover::operations
