#include "core/nn/networks/encoder_decoder.h"

#include <fmt/ranges.h>

#include <array>

#include "core/base/error.h"
#include "core/nn/decoders/decoder.h"
#include "core/nn/decoders/deeplabv3plus.h"
#include "core/nn/decoders/unet.h"
#include "core/nn/encoders/efficientnet_b5.h"
#include "core/nn/module_path.h"
#include "core/nn/option_reader.h"

namespace orthocover::nn {

namespace {

torch::nn::Conv2d make_head(int in, int classes, int kernel) {
  torch::nn::Conv2d head(torch::nn::Conv2dOptions(in, classes, kernel).padding(kernel / 2));
  torch::nn::init::xavier_uniform_(head->weight);
  torch::nn::init::zeros_(head->bias);
  return head;
}

std::shared_ptr<Encoder> make_chosen_encoder(OptionReader& reader, const std::vector<std::string>& encoders,
                                             EncoderOptions options) {
  const auto name = reader.one_of("encoder_variant", encoders.front(), encoders);
  if (const auto* variant = find_efficientnet_variant(name))
    options.drop_connect = reader.in_range("drop_connect", variant->drop_connect, 0, 0.9);
  return make_encoder(name, options);
}

}  // namespace

EncoderDecoder::EncoderDecoder(Parts parts) : m_parts(std::move(parts)), m_head(m_parts.head) {
  register_module("encoder", m_parts.encoder);
  register_module("decoder", m_parts.decoder);
  register_at(*this, "segmentation_head.0", m_parts.head);
}

void EncoderDecoder::check(const torch::Tensor& image) const {
  const int bands = m_parts.encoder->channels().front();
  if (image.dim() != 4 || image.size(1) != bands)
    throw model_error("network '{}' wants [images, {} bands, rows, columns], not {}", m_parts.architecture,
                      bands, fmt::join(image.sizes().begin(), image.sizes().end(), " x "));
  const auto multiple = m_parts.size_multiple;
  if (image.size(2) == 0 || image.size(3) == 0 || image.size(2) % multiple != 0 ||
      image.size(3) % multiple != 0)
    throw model_error("network '{}': {} x {} pixels do not fit, height and width must be multiples of {}",
                      m_parts.architecture, image.size(2), image.size(3), multiple);
}

void EncoderDecoder::prepare_layers(ConvLayout layout) {
  m_parts.encoder->prepare_for_inference(layout);
  m_parts.decoder->prepare_for_inference(layout);
  m_head.prepare_for_inference(layout);
}

torch::Tensor EncoderDecoder::forward_scores(torch::Tensor image) {
  check(image);
  const auto scores = m_head(m_parts.decoder->decode(m_parts.encoder->features(image)));
  if (scores.size(2) == image.size(2)) return scores;
  return upsample_corners(scores, image.size(2), image.size(3));
}

std::shared_ptr<SegmentationNetwork> make_deeplabv3plus(const std::string& architecture,
                                                        const std::vector<std::string>& encoders,
                                                        const NetworkOptions& options) {
  OptionReader reader(architecture, options.options);
  const int output_stride = reader.one_of("output_stride", 16, std::array{16, 8});
  const double dropout = reader.in_range("dropout", 0.5, 0, 0.9);
  EncoderDecoder::Parts parts;
  parts.architecture = architecture;
  parts.size_multiple = output_stride;
  parts.encoder = make_chosen_encoder(reader, encoders, {options.in_channels, output_stride, {}});
  reader.finish();
  parts.decoder = std::make_shared<DeepLabV3PlusDecoder>(parts.encoder->channels(), dropout);
  parts.head = make_head(DeepLabV3PlusDecoder::kChannels, options.classes, 1);
  return std::make_shared<EncoderDecoder>(std::move(parts));
}

std::shared_ptr<SegmentationNetwork> make_unet(const std::string& architecture,
                                               const std::vector<std::string>& encoders,
                                               const NetworkOptions& options) {
  OptionReader reader(architecture, options.options);
  EncoderDecoder::Parts parts;
  parts.architecture = architecture;
  parts.encoder = make_chosen_encoder(reader, encoders, {options.in_channels, 32, {}});
  reader.finish();
  parts.decoder = std::make_shared<UNetDecoder>(parts.encoder->channels());
  parts.head = make_head(UNetDecoder::kChannels, options.classes, 3);
  return std::make_shared<EncoderDecoder>(std::move(parts));
}

std::vector<std::string> resnet34_variants() {
  return {"resnet34", "tu-resnet34"};
}

std::vector<std::string> efficientnet_b5_variants() {
  return {"efficientnet-b5", "tu-efficientnet_b5", "tu-tf_efficientnet_b5", "timm-efficientnet-b5"};
}

}  // namespace orthocover::nn
