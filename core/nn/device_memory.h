#pragma once

#include <cstdint>
#include <optional>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// Memory of a CUDA device that nobody has taken; nothing for the CPU, or where the CUDA runtime can't be
/// asked.
std::optional<std::uint64_t> free_memory(const torch::Device& device);

}  // namespace orthocover::nn
