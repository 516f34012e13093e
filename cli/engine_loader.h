#pragma once

#include <filesystem>
#include <vector>

#include "cli/engine_entry.h"

namespace orthocover {

/// Loads the engine and runs one operation in it. The engine stays loaded until the program ends.
/// @param candidates where the engine may lie, the first that exists is taken
/// @throws Error{Resource} when there is none, a library that it needs is missing, or it is of another
/// version
EngineReply run_in_engine(const std::vector<std::filesystem::path>& candidates, const EngineRequest& request);

}  // namespace orthocover
