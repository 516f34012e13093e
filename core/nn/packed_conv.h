#pragma once

#include <optional>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// Weights of a convolution in the order that oneDNN computes with, its bias and a ReLU fused into it;
/// LibTorch would bring the weights into that order in every pass.
/// @param bias may be undefined
/// @return nothing where this LibTorch or this machine has no such convolution
std::optional<c10::IValue> pack_conv(const torch::nn::detail::ConvNdOptions<2>& options,
                                     const torch::Tensor& weight, const torch::Tensor& bias, bool relu);

/// Observers of LibTorch's calls (at::RecordFunction) see it as kPackedConv, with the inputs x and weight.
/// @param x on the CPU, float, channels-last
/// @param weight what was packed, for observers
torch::Tensor run_packed_conv(const torch::Tensor& x, const torch::Tensor& weight, const c10::IValue& packed);

inline constexpr const char* kPackedConv = "orthocover::packed_conv";

}  // namespace orthocover::nn
