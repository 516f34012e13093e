#pragma once

#include <memory>

#include "core/nn/ranks/rank_exchange.h"
#include "core/nn/ranks/rank_link.h"

namespace orthocover::nn {

/// Exchange through c10d: gloo over TCP in the memory of the CPU, NCCL between GPUs. On CUDA without NCCL in
/// this build, gloo through the CPU's memory. Gloo listens only at the address by which this machine reaches
/// rank 0.
/// @param link finds the others and tells of those that are gone; outlives the result
/// @param device of the tensors
/// @throws Error{Resource} when this build has neither, RankError
std::unique_ptr<RankExchange> make_c10d_exchange(RankLink& link, torch::Device device);

}  // namespace orthocover::nn
