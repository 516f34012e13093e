#include "core/nn/decoders/deeplabv3plus.h"

#include <fmt/format.h>

#include "core/nn/decoders/decoder.h"

namespace orthocover::nn {

namespace {
constexpr int kLowLevelChannels = 48;
constexpr int kLowLevel = 2;  ///< the features at stride 4
}  // namespace

DeepLabV3PlusDecoder::DeepLabV3PlusDecoder(const std::vector<int>& channels, double dropout)
    : m_dropout(dropout) {
  const int deepest = channels.back();
  m_branches.push_back(
      ConvBlock::plain(*this, {"aspp.0.convs.0.0", "aspp.0.convs.0.1"}, deepest, kChannels, 1));
  int branch = 1;
  for (const int rate : {12, 24, 36}) {
    const auto name = fmt::format("aspp.0.convs.{}.", branch++);
    m_branches.push_back(ConvBlock::separable(*this, {name + "0", name + "1"}, deepest, kChannels, rate));
  }
  m_pooled = ConvBlock::plain(*this, {"aspp.0.convs.4.1", "aspp.0.convs.4.2"}, deepest, kChannels, 1);
  m_project = ConvBlock::plain(*this, {"aspp.0.project.0", "aspp.0.project.1"}, 5 * kChannels, kChannels, 1);
  m_smooth = ConvBlock::separable(*this, {"aspp.1", "aspp.2"}, kChannels, kChannels);
  m_low_level = ConvBlock::plain(*this, {"block1.0", "block1.1"}, channels[kLowLevel], kLowLevelChannels, 1);
  m_join = ConvBlock::separable(*this, {"block2.0", "block2.1"}, kChannels + kLowLevelChannels, kChannels);
  initialise_decoder(*this);
}

torch::Tensor DeepLabV3PlusDecoder::pyramid(const torch::Tensor& deepest) {
  std::vector<torch::Tensor> parts;
  for (auto& branch : m_branches) parts.push_back(branch(deepest));
  const auto pooled = m_pooled(torch::adaptive_avg_pool2d(deepest, {1, 1}));
  // In the order of the others: else the joined tensor would not be channels-last when they are.
  parts.push_back(pooled.expand_as(parts.front()).contiguous(parts.front().suggest_memory_format()));
  return torch::dropout(m_project(torch::cat(parts, 1)), m_dropout, is_training());
}

torch::Tensor DeepLabV3PlusDecoder::decode(const std::vector<torch::Tensor>& features) {
  const auto& low_level = features[kLowLevel];
  auto x = m_smooth(pyramid(features.back()));
  x = upsample_corners(x, low_level.size(2), low_level.size(3));
  return m_join(torch::cat({x, m_low_level(low_level)}, 1));
}

void DeepLabV3PlusDecoder::prepare_for_inference(ConvLayout layout) {
  for (auto& branch : m_branches) branch.prepare_for_inference(layout);
  for (auto* block : {&m_pooled, &m_project, &m_smooth, &m_low_level, &m_join})
    block->prepare_for_inference(layout);
}

}  // namespace orthocover::nn
