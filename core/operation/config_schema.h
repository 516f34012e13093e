#pragma once

#include <nlohmann/json.hpp>

#include "core/operation/declaration.h"

namespace orthocover {

/// JSON Schema of an operation's run config, which its run records satisfy too.
/// @source JSON Schema draft 2020-12; `x-kind` (what a text or list stands for), `x-per-scene`
/// (an output of every input) and `x-unit` are annotations of ours
nlohmann::ordered_json config_schema(const OperationSpec& spec);

}  // namespace orthocover
