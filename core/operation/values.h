#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// Keys of a run config that are no options: `$schema`, `operation` (must agree with the operation that is
/// run) and `orthocover` (provenance in run records).
const std::vector<std::string>& config_annotations();

/// All keys of the operation with their defaults.
nlohmann::json default_values(const OperationSpec& spec);

/// Reads a run config or run record.
/// @throws Error{Data} when the file can't be read, Error{Usage} when it is not JSON
nlohmann::json read_config(const std::filesystem::path& path);

/// Lays the options of a run config over `values`, each checked by itself.
/// @param what names the config in messages
/// @throws Error{Usage} for an unknown key (nearest name offered), a wrong value, or a config of another
/// operation
void apply_config(const OperationSpec& spec, const nlohmann::json& config, std::string_view what,
                  nlohmann::json& values);

/// The last check of the values alone: everything required is there.
/// @throws Error{Usage}
void check_complete(const OperationSpec& spec, const nlohmann::json& values);

/// One value, or one item of a list, from text as typed.
/// @throws Error{Usage} when the text is not of the parameter's type
nlohmann::json item_from_text(const Parameter& parameter, std::string_view text);

}  // namespace orthocover
