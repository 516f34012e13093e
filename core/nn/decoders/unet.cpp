#include "core/nn/decoders/unet.h"

#include <fmt/format.h>

#include <array>

namespace orthocover::nn {

UNetDecoder::UNetDecoder(const std::vector<int>& channels) {
  constexpr std::array<int, 5> kWidths{256, 128, 64, 32, kChannels};
  int in = channels.back();
  for (int i = 0; i < static_cast<int>(kWidths.size()); ++i) {
    const auto level = kWidths.size() - 1 - i;  // of the features at the size that this step reaches
    const int skip = level == 0 ? 0 : channels[level];
    const auto name = fmt::format("blocks.{}.", i);
    m_steps.push_back(
        {ConvBlock::plain(*this, {name + "conv1.0", name + "conv1.1"}, in + skip, kWidths[i], 3),
         ConvBlock::plain(*this, {name + "conv2.0", name + "conv2.1"}, kWidths[i], kWidths[i], 3)});
    in = kWidths[i];
  }
  initialise_decoder(*this);
}

torch::Tensor UNetDecoder::decode(const std::vector<torch::Tensor>& features) {
  auto x = features.back();
  auto level = features.size() - 1;
  for (auto& step : m_steps) {
    --level;
    x = torch::upsample_nearest2d(x, {features[level].size(2), features[level].size(3)});
    if (level > 0) x = torch::cat({x, features[level]}, 1);
    x = step.second(step.first(x));
  }
  return x;
}

void UNetDecoder::prepare_for_inference(ConvLayout layout) {
  for (auto& step : m_steps) {
    step.first.prepare_for_inference(layout);
    step.second.prepare_for_inference(layout);
  }
}

}  // namespace orthocover::nn
