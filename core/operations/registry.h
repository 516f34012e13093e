#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/operation/operation.h"

namespace orthocover {

/// Declarations of all operations, in the order of the list in core/operations/CMakeLists.txt. Defined in the
/// library `declarations`, which needs neither LibTorch nor OpenCV nor GDAL.
std::vector<OperationSpec> all_operations();

/// Whether a text names a model: a package folder, its manifest, or one of the shipped ones; else it is a
/// file. Defined in the library `declarations`.
bool names_model(const std::string& text, const std::filesystem::path& models);

/// Whether an operation runs in the engine with LibTorch, or in the small one without, which loads in a
/// moment. Defined in the library `declarations`.
/// @param values its options
bool needs_networks(std::string_view operation, const nlohmann::json& values,
                    const std::filesystem::path& models);

/// The operation whose command line, and whose configs, this one takes; empty for most. Defined in the
/// library `declarations`.
std::string_view command_line_of(std::string_view operation);

/// What runs an operation with resolved options.
using RunOperation = OperationResult (*)(const nlohmann::json& options, OperationContext& context);

/// Null for an unknown name. Defined in the libraries `operations` and `map_operations`, for their own
/// operations each.
RunOperation find_run(std::string_view operation);

}  // namespace orthocover
