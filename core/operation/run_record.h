#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/pending_output.h"
#include "core/operation/operation.h"

namespace orthocover {

/// The record of a run: all resolved options under their keys, so that the record is itself a config for the
/// same run (but for without_secrets()), and under `orthocover` where it came from: version, time (UTC),
/// libraries and what the operation adds.
/// @param facts an object: model digest, device, timings, ...; its `libraries` join those of the geospatial
/// port
nlohmann::ordered_json run_record(const OperationContext& context, const nlohmann::json& facts);

/// The options of a run that makes one of many outputs alone, for its record.
/// @param own those that differ from the context's
nlohmann::json options_with(const OperationContext& context, nlohmann::json own);

/// Where the record of a run lies: beside its main output.
inline std::filesystem::path run_record_path(const std::filesystem::path& output) {
  return output.string() + ".run.json";
}

/// run_record() under a temporary name.
/// @param path mostly run_record_path()
/// @throws Error{Resource}
std::unique_ptr<PendingOutput> pending_run_record(const std::filesystem::path& path,
                                                  const OperationContext& context,
                                                  const nlohmann::json& facts);

/// Carries out the steps of finished outputs, and then the record of their run appears; where the disk is too
/// full for that, nothing does.
/// @param main_output which the record lies beside
/// @throws Error{Resource}
void commit_with_record(CommitSteps& outputs, const std::filesystem::path& main_output,
                        const OperationContext& context, const nlohmann::json& facts);
/// The same of the only output of a run.
void commit_with_record(PendingOutput& output, const std::filesystem::path& path,
                        const OperationContext& context, const nlohmann::json& facts);

/// Shows outputs between two records of their run: with the first they belong to it, even if it is killed
/// before all have their names; the second tells of what is there.
/// @param path of the record
/// @param facts of the first record (false) and of the second (true)
/// @return the facts of the second
/// @throws Error{Resource}
nlohmann::json commit_recorded(const std::filesystem::path& path, const OperationContext& context,
                               const std::function<void(CommitSteps&)>& add_outputs,
                               const std::function<nlohmann::json(bool)>& facts);

}  // namespace orthocover
