#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/operation/operation.h"

namespace orthocover {

/// The record of a run: all resolved options under their keys, so that the record is itself a config for the
/// same run, and under `orthocover` where it came from: version, time (UTC), libraries and what the operation
/// adds.
/// @param facts an object: model digest, device, timings, ...; its `libraries` join those of the geospatial
/// port
nlohmann::ordered_json run_record(const OperationContext& context, const nlohmann::json& facts);

/// Where the record of a run lies: beside its main output.
inline std::filesystem::path run_record_path(const std::filesystem::path& output) {
  return output.string() + ".run.json";
}

/// Writes run_record() whole or not at all.
/// @param path mostly run_record_path()
/// @throws Error{Resource}
void write_run_record(const std::filesystem::path& path, const OperationContext& context,
                      const nlohmann::json& facts);

}  // namespace orthocover
