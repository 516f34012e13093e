#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/nn/torch.h"

/// Weights, images and labels that depend on nothing but names and indices, so that outputs of two
/// implementations can be compared without exchanging large files. All integers are modulo 2^64; reals are
/// double and rounded once.
namespace orthocover::golden {

/// FNV-1a, 64 bits.
std::uint64_t fnv1a64(std::string_view text);
/// Output number `index` of SplitMix64.
std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index);

/// The tensor with this state-dict key and shape; int64 zero for batch counters.
torch::Tensor weight(const std::string& key, torch::IntArrayRef shape);
/// Gives every parameter and buffer its value.
void fill_weights(torch::nn::Module& module);

/// @shape {n, c, h, w}, block noise at three scales with about zero mean and unit deviation
torch::Tensor image(const std::string& seed, const std::vector<std::int64_t>& shape);
/// @shape {n, h, w}, int64: 16 x 16 blocks of 0..classes-1, and 255 where a block is to be ignored
torch::Tensor labels(const std::string& seed, std::int64_t n, std::int64_t h, std::int64_t w, int classes);

}  // namespace orthocover::golden
