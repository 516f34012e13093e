#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/operation/operation.h"

namespace orthocover::operations {

/// The declaration of an operation that another one uses.
/// @throws Error{Internal} for an unknown name
OperationSpec spec_of(std::string_view operation);

/// Runs an operation as part of another: same progress, log, cancel and files.
/// @param values resolved options of the operation, all keys present
/// @throws what the operation throws
void run_inner(const OperationSpec& spec, const nlohmann::json& values, OperationContext& context);

}  // namespace orthocover::operations
