#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/rank_environment.h"

namespace orthocover {

/// The shard that `auto` or `auto/N` stands for, as `I/N`.
///
/// Of a Slurm array, `auto` counts from the array's first task: I of SLURM_ARRAY_TASK_COUNT; `auto/N` counts
/// tasks from 0, so that one task of --array=0-3 that is submitted again alone stays the same shard. Of a
/// Kubernetes Indexed Job I is JOB_COMPLETION_INDEX + 1, N has to be given, as Kubernetes tells no count. Of
/// the tasks of one step of Slurm (srun -n) I is SLURM_PROCID + 1 of them all.
/// @param text any other text is returned as it is
/// @throws Error{Usage} when the environment tells no shard, or one beyond N
std::string shard_from(const std::string& text, const Environment& environment);

/// The device that `cuda:auto` stands for: each process that a launcher starts on a machine has a GPU of its
/// own. Its number among them is SLURM_LOCALID, OMPI_COMM_WORLD_LOCAL_RANK, MPI_LOCALRANKID or LOCAL_RANK,
/// counted round the devices of CUDA_VISIBLE_DEVICES where that is set, as where a launcher shows each
/// process one.
/// @param text any other text is returned as it is
/// @throws Error{Usage} when the environment tells no number
std::string device_from(const std::string& text, const Environment& environment);

/// Replaces the values `auto` of an option `shard` and `cuda:auto` of an option `device`, where there are
/// any.
void resolve_places(nlohmann::json& values);

}  // namespace orthocover
