#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/rank_place.h"

namespace orthocover {

/// The value of a variable; nothing when it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process.
Environment process_environment();

/// Whether several processes can do one run of the operation.
bool runs_in_ranks(const std::string& operation);

/// The place that a launcher of several processes gave this one, by the first of these conventions that is
/// there: RANK and WORLD_SIZE (torchrun, or by hand), OMPI_COMM_WORLD_* (Open MPI), SLURM_* (srun), PMI_*
/// (MPICH, Intel MPI). Alone when there is none. MASTER_ADDR and MASTER_PORT say where rank 0 listens; on one
/// machine they may be left out.
/// @throws Error{Usage} naming the variable
RankPlace rank_place(const Environment& environment);

}  // namespace orthocover
