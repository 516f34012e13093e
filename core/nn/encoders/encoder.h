#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/conv_unit.h"
#include "core/nn/torch.h"

namespace orthocover::nn {

/// What an encoder is built from.
struct EncoderOptions {
  int in_channels = 3;
  int output_stride = 32;  ///< 8, 16 or 32: below 32, late strides become dilations
  std::optional<double>
      drop_connect;  ///< largest rate at which blocks are skipped in training; EfficientNet only
};

/// Turns an image into features of falling resolution.
class Encoder : public torch::nn::Module {
 public:
  static constexpr int kLevels = 6;

  /// features[0] is the image; features[i] has 1 / 2^i of its size, but never less than 1 / output_stride.
  virtual std::vector<torch::Tensor> features(const torch::Tensor& image) = 0;

  /// See SegmentationNetwork.
  virtual void prepare_for_inference(ConvLayout layout) = 0;

  /// Channels of each of the kLevels features.
  const std::vector<int>& channels() const { return m_channels; }

 protected:
  explicit Encoder(std::vector<int> channels) : m_channels(std::move(channels)) {}

 private:
  std::vector<int> m_channels;
};

/// Names of all encoders, as segmentation_models_pytorch gives them.
const std::vector<std::string>& encoder_names();

/// @throws Error{Model} for an unknown name
std::shared_ptr<Encoder> make_encoder(const std::string& name, const EncoderOptions& options);

/// Stride and dilation of a sequence of stages that may not go beyond an output stride.
class StridePlan {
 public:
  /// @param dilate_first the block that would have had the stride is dilated already
  /// (segmentation_models_pytorch's own encoders); else only those after it (timm)
  StridePlan(int initial_stride, int output_stride, bool dilate_first)
      : m_stride(initial_stride), m_output_stride(output_stride), m_dilate_first(dilate_first) {}

  struct Step {
    int stride;
    int dilation;
  };
  /// The next block or layer, which has `stride` in the plain network.
  Step next(int stride);
  /// Dilation that blocks after the last one have.
  int dilation() const { return m_dilation; }

 private:
  int m_stride;
  int m_output_stride;
  bool m_dilate_first;
  int m_dilation = 1;
};

}  // namespace orthocover::nn
