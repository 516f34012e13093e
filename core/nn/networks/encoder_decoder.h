#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/nn/conv_unit.h"
#include "core/nn/decoders/decoder.h"
#include "core/nn/encoders/encoder.h"
#include "core/nn/network.h"

namespace orthocover::nn {

/// An encoder, a decoder and a convolution to class scores, under the names `encoder`, `decoder` and
/// `segmentation_head.0`; scores are brought to the size of the image with the corners kept in place.
class EncoderDecoder final : public SegmentationNetwork {
 public:
  struct Parts {
    std::string architecture;  ///< for messages
    std::shared_ptr<Encoder> encoder;
    std::shared_ptr<Decoder> decoder;
    torch::nn::Conv2d head{nullptr};
    int size_multiple = 32;
  };
  explicit EncoderDecoder(Parts parts);

  torch::Tensor forward_scores(torch::Tensor image) override;
  int size_multiple() const override { return m_parts.size_multiple; }

  Encoder& encoder() { return *m_parts.encoder; }

 private:
  void prepare_layers(ConvLayout layout) override;
  void check(const torch::Tensor& image) const;

  Parts m_parts;
  ConvUnit m_head;
};

/// DeepLabV3+ on one of `encoders` (the first by default). Options: `output_stride` 16 or 8,
/// `encoder_variant`, `dropout` 0..0.9, and for EfficientNet `drop_connect` 0..0.9.
/// @throws Error{Model} for wrong options
std::shared_ptr<SegmentationNetwork> make_deeplabv3plus(const std::string& architecture,
                                                        const std::vector<std::string>& encoders,
                                                        const NetworkOptions& options);

/// U-Net on one of `encoders` (the first by default). Options: `encoder_variant`, and for EfficientNet
/// `drop_connect`.
/// @throws Error{Model} for wrong options
std::shared_ptr<SegmentationNetwork> make_unet(const std::string& architecture,
                                               const std::vector<std::string>& encoders,
                                               const NetworkOptions& options);

/// Encoders that hold the same tensors but differ in padding, dilation or names.
std::vector<std::string> resnet34_variants();
std::vector<std::string> efficientnet_b5_variants();

}  // namespace orthocover::nn
