#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "core/base/rows.h"
#include "core/nn/device_stream.h"
#include "core/nn/network.h"
#include "core/ports/raster_source.h"

namespace orthocover {
namespace onednn {
class CompiledNetwork;
}

/// How the values of one band become network input: (clamp(pixel * gain + offset, 0, limit) * scale - mean) /
/// std. gain, offset and limit bring scenes of another data type to the range that the model knows.
struct BandScaling {
  double gain = 1;
  double offset = 0;
  double limit = 1e30;
  double scale = 1;
  double mean = 0;
  double std = 1;
};

/// The same on a device, for all bands of bytes as they are stored.
class DeviceScaling {
 public:
  DeviceScaling(const std::vector<BandScaling>& scaling, const torch::Device& device);

  /// @param bytes [n, bands, rows, cols] on the device
  /// @return network input, float, of the same shape; channels-last but on the CPU
  torch::Tensor operator()(const torch::Tensor& bytes) const;

 private:
  torch::Tensor
      m_gain;  ///< @shape [1, bands, 1, 1], like all; undefined with the next two: nothing is stretched
  torch::Tensor m_offset;
  torch::Tensor m_limit;
  torch::Tensor m_factor;
  torch::Tensor m_shift;
};

/// A network where it is to run: on its device, and compiled on the CPU, where that is possible.
struct ReadyNetwork {
  /// @cost a few passes over small images
  ReadyNetwork(std::shared_ptr<nn::SegmentationNetwork> loaded, const torch::Device& where, int bands);

  std::shared_ptr<nn::SegmentationNetwork> network;
  torch::Device device;
  std::shared_ptr<onednn::CompiledNetwork> compiled;  ///< or null
  nn::DeviceStream uploads;  ///< one for all scenes: LibTorch keeps freed memory by stream
};

/// A network with the scaling of a scene, from pixels to scores. Several predictors may share one network,
/// also in several threads.
class Predictor {
 public:
  /// @param scaling one for each band
  Predictor(ReadyNetwork network, std::vector<BandScaling> scaling);
  Predictor(std::shared_ptr<nn::SegmentationNetwork> network, const torch::Device& device,
            std::vector<BandScaling> scaling);

  /// Another one for the same network and scene, for another thread.
  Predictor sibling() const { return {m_ready, m_scaling}; }

  /// Network input of one patch; may be called from any thread. For a CUDA device it is in page-locked
  /// memory, from which copies run beside computation; else in the patch's own, which is kept as long.
  /// @shape [1, bands, rows, cols] on the CPU
  torch::Tensor prepare(std::shared_ptr<PixelBlock> patch) const;
  /// The same of bytes, which stay bytes until the pass: a quarter of the memory, and of the way to a device.
  torch::Tensor prepare(std::shared_ptr<ByteBlock> patch) const;

  /// Scores of prepared patches of one size. When the device runs out of memory, the batch is cut in halves,
  /// and later ones are of the size that went through; only a single patch that does not fit is an error.
  /// @return [n, classes, rows / score_stride(), cols / score_stride()], float, contiguous, on the CPU
  /// @throws Error{Resource} when one patch does not fit into the device's memory
  torch::Tensor scores(const std::vector<torch::Tensor>& inputs);

  /// The same where they were computed, without waiting for the device.
  /// @return [n, classes, rows / score_stride(), cols / score_stride()] on device(), float on the CPU and of
  /// the network's type elsewhere
  /// @throws Error{Resource} when one patch does not fit into the device's memory
  torch::Tensor scores_on_device(const std::vector<torch::Tensor>& inputs);

  /// What follows a pass through the network where its scores are; what it takes of memory counts with the
  /// pass. @shape [n, ...] -> [n, ...]
  using Then = std::function<torch::Tensor(const torch::Tensor& scores)>;
  /// The same for each patch, after `then`.
  /// @return for each input [classes, rows / score_stride(), cols / score_stride()], or what `then` makes of
  /// it
  std::vector<torch::Tensor> scores_of_each(const std::vector<torch::Tensor>& inputs, const Then& then = {});

  /// Patches in one pass that the memory has room for, as far as is known: fewer once it ran out.
  std::size_t most_at_once() const { return m_most_at_once; }

  int score_stride() const { return m_ready.network->score_stride(); }
  int size_multiple() const { return m_ready.network->size_multiple(); }
  const std::vector<BandScaling>& scaling() const { return m_scaling; }
  const torch::Device& device() const { return m_ready.device; }

  /// Bytes of tensors alive at once on the device during a forward pass, per input pixel; measured with one
  /// small pass where the network isn't compiled.
  double tensor_bytes_per_pixel();
  /// Bytes of the network's parameters and buffers, and of the weights that it is compiled with: of these all
  /// only after a forward pass or tensor_bytes_per_pixel().
  std::uint64_t weight_bytes() const;

 private:
  torch::Tensor forward(const std::vector<torch::Tensor>& inputs);
  torch::Tensor forward_on_device(const std::vector<torch::Tensor>& inputs);
  torch::Tensor pass(const std::vector<torch::Tensor>& inputs, const Then& then);
  void shrink(const std::vector<torch::Tensor>& inputs);
  torch::Tensor upload(const std::vector<torch::Tensor>& inputs) const;

  ReadyNetwork m_ready;
  std::vector<BandScaling> m_scaling;
  DeviceScaling m_device_scaling;
  std::vector<rows::Stretch> m_stretches;  ///< the scaling as rows:: and the compiled network have it
  torch::ScalarType m_type;                ///< of the network's parameters
  std::size_t m_most_at_once = std::numeric_limits<std::size_t>::max();
};

}  // namespace orthocover
