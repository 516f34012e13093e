#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/rows.h"
#include "core/nn/network.h"

namespace orthocover::onednn {

/// Time of one step of a forward pass.
struct StepTime {
  std::string name;
  std::string implementation;  ///< oneDNN's name for it, or `own`
  double seconds = 0;
  double multiply_adds = 0;
};

/// A network as a list of oneDNN's primitives: activations stay in oneDNN's blocked order from the first
/// layer to the last, and what follows a convolution is done while its results are in the registers. Scores
/// differ from LibTorch's in rounding only. Images of a batch go one by one, so that scores don't depend on
/// the batch. Several threads may use one object.
class CompiledNetwork {
 public:
  /// Null when this build has no oneDNN, or the network isn't prepared or does what can't be compiled.
  /// @cost a few passes over small images
  static std::unique_ptr<CompiledNetwork> make(nn::SegmentationNetwork& network, int bands);
  ~CompiledNetwork();
  CompiledNetwork(const CompiledNetwork&) = delete;
  CompiledNetwork& operator=(const CompiledNetwork&) = delete;

  /// @shape as SegmentationNetwork::forward_scores(); contiguous
  /// @param images floats, or bytes of which `stretches` makes floats, band by band
  /// @return undefined when images of this size can't be compiled
  /// @throws std::bad_alloc, and LibTorch's errors
  torch::Tensor forward(const torch::Tensor& images, std::span<const rows::Stretch> stretches = {});

  /// Bytes of tensors alive during a pass over one image of this size, without its input. Nothing where such
  /// images can't be compiled.
  std::optional<std::uint64_t> tensor_bytes(std::int64_t height, std::int64_t width);

  /// Bytes of the weights that it keeps in orders of its own; all of them after the first forward() or
  /// tensor_bytes().
  std::uint64_t weight_bytes() const;

  /// Times of the steps, summed over passes; for benchmarks.
  std::vector<StepTime> measure(const torch::Tensor& image, int passes);

 private:
  class Implementation;
  explicit CompiledNetwork(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> m_implementation;
};

}  // namespace orthocover::onednn
