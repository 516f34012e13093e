#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/nn/model_package.h"

namespace orthocover {

/// How large a network is.
struct NetworkCost {
  std::int64_t parameters = 0;
  std::uint64_t multiply_adds = 0;  ///< of one patch
};

/// Made with random weights; those of the package are not read.
/// @param patch_px side of a patch
NetworkCost network_cost(const nn::ModelManifest& manifest, int patch_px);

/// The manifest with what can be found out about the package, for `info --json`.
/// @cost the weights are read once, for their digest
nlohmann::ordered_json model_facts(const nn::ModelPackage& package);

/// The same for people.
/// @param facts of the same package
std::string model_report(const nn::ModelPackage& package, const nlohmann::ordered_json& facts);

}  // namespace orthocover
