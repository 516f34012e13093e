#include "core/nn/encoders/resnet34.h"

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
  m_conv1 = register_at(*this, prefix + "conv1", conv(options.in_channels, 64, 7, 2, 1));
  m_bn1 = register_at(*this, prefix + "bn1", torch::nn::BatchNorm2d(64));

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

ResNet34::BasicBlock ResNet34::make_block(const std::string& path, const BlockShape& shape) {
  BasicBlock block;
  block.conv1 =
      register_at(*this, path + "conv1", conv(shape.in, shape.out, 3, shape.stride, shape.first_dilation));
  block.bn1 = register_at(*this, path + "bn1", torch::nn::BatchNorm2d(shape.out));
  block.conv2 = register_at(*this, path + "conv2", conv(shape.out, shape.out, 3, 1, shape.dilation));
  block.bn2 = register_at(*this, path + "bn2", torch::nn::BatchNorm2d(shape.out));
  if (shape.in != shape.out) {
    block.shortcut = register_at(*this, path + "downsample.0", conv(shape.in, shape.out, 1, shape.stride, 1));
    block.shortcut_bn = register_at(*this, path + "downsample.1", torch::nn::BatchNorm2d(shape.out));
  }
  return block;
}

torch::Tensor ResNet34::BasicBlock::operator()(const torch::Tensor& input) {
  auto x = bn1->forward(conv1->forward(input)).relu_();
  x = bn2->forward(conv2->forward(x));
  x += shortcut.is_empty() ? input : shortcut_bn->forward(shortcut->forward(input));
  return x.relu_();
}

std::vector<torch::Tensor> ResNet34::features(const torch::Tensor& image) {
  std::vector<torch::Tensor> result{image};
  result.push_back(m_bn1->forward(m_conv1->forward(image)).relu_());
  auto x = torch::max_pool2d(result.back(), 3, 2, 1);
  for (auto& layer : m_layers) {
    for (auto& block : layer) x = block(x);
    result.push_back(x);
  }
  return result;
}

}  // namespace orthocover::nn
