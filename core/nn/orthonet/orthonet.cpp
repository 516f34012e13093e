#include "core/nn/orthonet/orthonet.h"

#include <fmt/ranges.h>

#include <array>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

/// Dilations of the pyramid at 1/16 as multiples of the first; 6, 12, 18 are DeepLabV3+'s at output
/// stride 16.
constexpr std::array kRateFactors{1, 2, 3};

torch::Tensor doubled(const torch::Tensor& x, const torch::Tensor& like) {
  return torch::upsample_bilinear2d(x, {like.size(2), like.size(3)}, /*align_corners=*/false);
}

ConvBlock make_stem(torch::nn::Module& owner, int bands, int channels) {
  // A 4 x 4 kernel with stride 2 is centred on its 2 x 2 block of pixels; 3 x 3 would be half a pixel off.
  return ConvBlock::strided(owner, {"stem.conv", "stem.bn"}, bands, channels, 4, 2, 1);
}

}  // namespace

OrthoNet::OrthoNet(const OrthoNetWidths& widths, int in_channels, int classes, double dropout)
    : m_bands(in_channels),
      m_stem(make_stem(*this, in_channels, widths.encoder.front())),
      m_dropout(dropout) {
  const std::vector<int>& encoder = widths.encoder;
  for (std::size_t i = 1; i < encoder.size(); ++i) {
    m_stages.emplace_back(*this, fmt::format("stages.{}", i - 1), encoder[i - 1], encoder[i],
                          widths.blocks[i - 1]);
  }
  const int context = widths.context;
  m_deepest = ConvBlock::plain(*this, {"pyramid.deepest.0", "pyramid.deepest.1"}, encoder[4], context, 1);
  m_deep = ConvBlock::plain(*this, {"pyramid.deep.0", "pyramid.deep.1"}, encoder[3], context, 1);
  m_branches.push_back(ConvBlock::plain(*this, {"pyramid.branches.0.0", "pyramid.branches.0.1"}, 2 * context,
                                        widths.branch, 1));
  for (std::size_t i = 0; i < kRateFactors.size(); ++i) {
    const std::string name = fmt::format("pyramid.branches.{}.", i + 1);
    m_branches.push_back(ConvBlock::separable(*this, {name + "0", name + "1"}, 2 * context, widths.branch,
                                              widths.rate * kRateFactors[i]));
  }
  const int joined = widths.branch * static_cast<int>(m_branches.size());
  m_context = ConvBlock::plain(*this, {"pyramid.project.0", "pyramid.project.1"}, joined, context, 1);
  int in = context;
  for (std::size_t i = 0; i < widths.decoder.size(); ++i) {
    const int skip = encoder[2 - i];
    const std::string name = fmt::format("decoder.{}.", i);
    m_gates.emplace_back(*this, name + "gate", skip, in);
    m_decoder.push_back(
        ConvBlock::separable(*this, {name + "conv", name + "bn"}, in + skip, widths.decoder[i]));
    in = widths.decoder[i];
  }
  m_head = ConvUnit(register_module("head", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, classes, 1))));
  initialise();
}

void OrthoNet::initialise() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv2d>()) {
      torch::nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
      if (conv->bias.defined()) torch::nn::init::zeros_(conv->bias);
    }
  }
  torch::nn::init::xavier_uniform_(m_head.conv()->weight);
  for (ResidualStage& stage : m_stages) stage.start_as_identity();
}

std::vector<torch::Tensor> OrthoNet::encode(const torch::Tensor& image) {
  std::vector<torch::Tensor> features{m_stem(image)};
  for (ResidualStage& stage : m_stages) features.push_back(stage(features.back()));
  return features;
}

torch::Tensor OrthoNet::pyramid(const torch::Tensor& deep, const torch::Tensor& deepest) {
  const torch::Tensor x = torch::cat({m_deep(deep), doubled(m_deepest(deepest), deep)}, 1);
  std::vector<torch::Tensor> seen;
  for (ConvBlock& branch : m_branches) seen.push_back(branch(x));
  return m_context(torch::cat(seen, 1));
}

torch::Tensor OrthoNet::forward_scores(torch::Tensor image) {
  if (image.dim() != 4 || image.size(1) != m_bands || image.size(2) % 32 != 0 || image.size(3) % 32 != 0) {
    throw model_error(
        "network 'orthonet' wants [images, {} bands, rows, columns] with rows and columns multiples of 32, "
        "not {}",
        m_bands, fmt::join(image.sizes().begin(), image.sizes().end(), " x "));
  }
  const std::vector<torch::Tensor> features = encode(image);
  torch::Tensor x = pyramid(features[3], features[4]);
  for (std::size_t i = 0; i < m_decoder.size(); ++i) {
    const torch::Tensor& skip = features[2 - i];
    x = doubled(x, skip);
    x = m_decoder[i](torch::cat({x, m_gates[i](skip, x)}, 1));
  }
  return m_head(torch::dropout(x, m_dropout, is_training()));
}

void OrthoNet::prepare_layers(ConvLayout layout) {
  m_stem.prepare_for_inference(layout);
  for (ResidualStage& stage : m_stages) stage.prepare_for_inference(layout);
  for (ConvBlock* block : {&m_deepest, &m_deep, &m_context}) block->prepare_for_inference(layout);
  for (ConvBlock& branch : m_branches) branch.prepare_for_inference(layout);
  for (AttentionGate& gate : m_gates) gate.prepare_for_inference(layout);
  for (ConvBlock& block : m_decoder) block.prepare_for_inference(layout);
  m_head.prepare_for_inference(layout);
}

}  // namespace orthocover::nn
