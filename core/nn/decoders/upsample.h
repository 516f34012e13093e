#pragma once

#include <cstdint>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// Bilinear resampling in which the centres of the corner pixels stay where they are (`align_corners`).
inline torch::Tensor upsample_corners(const torch::Tensor& x, std::int64_t height, std::int64_t width) {
  return torch::upsample_bilinear2d(x, {height, width}, /*align_corners=*/true);
}

}  // namespace orthocover::nn
