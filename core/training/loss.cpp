#include "core/training/loss.h"

#include "core/legend/legend.h"

namespace orthocover {

torch::Tensor summed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                   double smoothing) {
  namespace F = torch::nn::functional;
  const auto options = F::CrossEntropyFuncOptions()
                           .ignore_index(kIgnoreLabel)
                           .reduction(torch::kNone)
                           .label_smoothing(smoothing);
  const torch::Tensor losses = F::cross_entropy(logits, labels.to(torch::kLong), options);
  const torch::Tensor counts = labels.ne(kIgnoreLabel).sum({1, 2}).clamp_min(1);
  return (losses.sum({1, 2}) / counts).sum();
}

}  // namespace orthocover
