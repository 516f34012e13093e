#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace orthocover {

/// Looks up a variable of the environment.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The shard that `auto` or `auto/N` stands for, as `I/N`.
///
/// Of a Slurm array, `auto` counts from the array's first task: I of SLURM_ARRAY_TASK_COUNT; `auto/N` counts
/// tasks from 0, so that one task of --array=0-3 that is submitted again alone stays the same shard. Of a
/// Kubernetes Indexed Job I is JOB_COMPLETION_INDEX + 1, N has to be given, as Kubernetes tells no count.
/// @param text any other text is returned as it is
/// @throws Error{Usage} when the environment tells no shard, or one beyond N
std::string shard_from(const std::string& text, const Environment& environment);

/// Replaces the value `auto` of an option `shard`, where there is one.
void resolve_shard(nlohmann::json& values);

}  // namespace orthocover
