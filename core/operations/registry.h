#pragma once

#include <string_view>
#include <vector>

#include "core/operation/operation.h"

namespace orthocover {

/// Declarations of all operations, in the order of the list in core/operations/CMakeLists.txt. Defined in the
/// library `declarations`, which needs neither LibTorch nor OpenCV nor GDAL.
std::vector<OperationSpec> all_operations();

/// Whether an operation runs in the engine with LibTorch, or in the small one without. Defined in the library
/// `declarations`.
bool needs_networks(std::string_view operation);

/// What runs an operation with resolved options.
using RunOperation = OperationResult (*)(const nlohmann::json& options, OperationContext& context);

/// Null for an unknown name. Defined in the libraries `operations` and `map_operations`, for their own
/// operations each.
RunOperation find_run(std::string_view operation);

}  // namespace orthocover
