#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/nn/model_package.h"

namespace orthocover {

/// The manifest with what can be found out about the package, for `info --json`.
/// @cost the weights are read once, for their digest
nlohmann::ordered_json model_facts(const nn::ModelPackage& package);

/// The same for people.
/// @param facts of the same package
std::string model_report(const nn::ModelPackage& package, const nlohmann::ordered_json& facts);

}  // namespace orthocover
