#pragma once

#include "core/nn/torch.h"

namespace orthocover {

/// Cross-entropy with label smoothing: the mean over the labelled pixels of each patch, summed over the
/// patches. Divided by the number of patches of a step, it makes accumulated steps equal to one large batch,
/// whatever the share of labelled pixels in each patch.
/// @param logits @shape [n, classes, h, w]
/// @param labels @shape [n, h, w], uint8, kIgnoreLabel where unlabelled; every patch should have a label
/// @param smoothing share of the probability that the target spreads over all classes, 0..1
torch::Tensor summed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                   double smoothing);

}  // namespace orthocover
