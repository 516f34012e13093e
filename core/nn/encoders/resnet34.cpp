#include "core/nn/encoders/resnet34.h"

#include <fmt/format.h>

#include <array>

#include "core/nn/module_path.h"

namespace orthocover::nn {

namespace {

struct LayerShape {
  int blocks;
  int channels;
  int stride;
};
constexpr std::array<LayerShape, 4> kLayers{{{3, 64, 1}, {4, 128, 2}, {6, 256, 2}, {3, 512, 2}}};

torch::nn::Conv2d conv(int in, int out, int kernel, int stride, int dilation) {
  torch::nn::Conv2d made(torch::nn::Conv2dOptions(in, out, kernel)
                             .stride(stride)
                             .padding(kernel / 2 * dilation)
                             .dilation(dilation)
                             .bias(false));
  torch::nn::init::kaiming_normal_(made->weight, 0.0, torch::kFanOut, torch::kReLU);
  return made;
}

}  // namespace

ResNet34::ResNet34(const std::string& variant, const EncoderOptions& options)
    : Encoder({options.in_channels, 64, 64, 128, 256, 512}) {
  const bool timm = variant == "tu-resnet34";
  const std::string prefix = timm ? "model." : "";
  m_stem =
      make_unit(prefix + "conv1", prefix + "bn1", conv(options.in_channels, 64, 7, 2, 1), Activation::Relu);

  StridePlan plan(4, options.output_stride, !timm);
  int channels = 64;
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const auto first = plan.next(kLayers[i].stride);
    auto& layer = m_layers.emplace_back();
    for (int b = 0; b < kLayers[i].blocks; ++b) {
      const BlockShape shape{channels, kLayers[i].channels, b == 0 ? first.stride : 1,
                             b == 0 ? first.dilation : plan.dilation(), plan.dilation()};
      layer.push_back(make_block(fmt::format("{}layer{}.{}.", prefix, i + 1, b), shape));
      channels = kLayers[i].channels;
    }
  }
}

ConvUnit ResNet34::make_unit(const std::string& conv_path, const std::string& bn_path, torch::nn::Conv2d conv,
                             Activation activation) {
  const auto channels = conv->options.out_channels();
  register_at(*this, conv_path, conv);
  return ConvUnit(std::move(conv), register_at(*this, bn_path, torch::nn::BatchNorm2d(channels)), activation);
}

ResNet34::BasicBlock ResNet34::make_block(const std::string& path, const BlockShape& shape) {
  BasicBlock block;
  block.first = make_unit(path + "conv1", path + "bn1",
                          conv(shape.in, shape.out, 3, shape.stride, shape.first_dilation), Activation::Relu);
  block.second = make_unit(path + "conv2", path + "bn2", conv(shape.out, shape.out, 3, 1, shape.dilation),
                           Activation::None);
  if (shape.in != shape.out) {
    block.shortcut = make_unit(path + "downsample.0", path + "downsample.1",
                               conv(shape.in, shape.out, 1, shape.stride, 1), Activation::None);
  }
  return block;
}

torch::Tensor ResNet34::BasicBlock::operator()(const torch::Tensor& input) {
  auto x = second(first(input));
  x += shortcut.is_empty() ? input : shortcut(input);
  return x.relu_();
}

std::vector<torch::Tensor> ResNet34::features(const torch::Tensor& image) {
  std::vector<torch::Tensor> result{image};
  result.push_back(m_stem(image));
  auto x = torch::max_pool2d(result.back(), 3, 2, 1);
  for (auto& layer : m_layers) {
    for (auto& block : layer) x = block(x);
    result.push_back(x);
  }
  return result;
}

void ResNet34::prepare_for_inference(ConvLayout layout) {
  m_stem.prepare_for_inference(layout);
  for (auto& layer : m_layers) {
    for (auto& block : layer) {
      for (auto* unit : {&block.first, &block.second, &block.shortcut})
        if (!unit->is_empty()) unit->prepare_for_inference(layout);
    }
  }
}

}  // namespace orthocover::nn
