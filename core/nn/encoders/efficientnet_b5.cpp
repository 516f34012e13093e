#include "core/nn/encoders/efficientnet_b5.h"

#include <algorithm>
#include <array>

#include "core/nn/module_path.h"

namespace orthocover::nn {

namespace {

constexpr std::array<EfficientNetVariant, 4> kVariants{{
    {"efficientnet-b5", "", EfficientNetLayout::Native, StridePadding::SameAt456, 1e-3, 1 - 0.99, 0.2, true,
     true, true},
    {"tu-efficientnet_b5", "model.", EfficientNetLayout::Timm, StridePadding::Symmetric, 1e-5, 0.1, 0, false,
     false, false},
    {"tu-tf_efficientnet_b5", "model.", EfficientNetLayout::Timm, StridePadding::Same, 1e-3, 0.1, 0, false,
     false, false},
    {"timm-efficientnet-b5", "", EfficientNetLayout::Timm, StridePadding::Symmetric, 1e-5, 0.1, 0.2, true,
     true, true},
}};

/// Total padding with which a convolution gives ceil(size / stride) outputs.
std::int64_t same_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  const auto outputs = (size + stride - 1) / stride;
  return std::max<std::int64_t>((outputs - 1) * stride + kernel - size, 0);
}

/// Leaves out the branch of random images of the batch and scales the others up.
torch::Tensor drop_branch(const torch::Tensor& x, double rate) {
  const double keep = 1 - rate;
  return x / keep * torch::floor(keep + torch::rand({x.size(0), 1, 1, 1}, x.options()));
}

}  // namespace

const EfficientNetVariant* find_efficientnet_variant(std::string_view name) {
  const auto* found = std::ranges::find(kVariants, name, &EfficientNetVariant::name);
  return found == kVariants.end() ? nullptr : found;
}

torch::Tensor EfficientNetB5::PaddedConv::operator()(const torch::Tensor& input) {
  const auto& options = unit.conv()->options;
  const auto stride = options.stride()->at(0);
  if (padding == StridePadding::Symmetric || stride == 1) return unit(input);
  const auto kernel = options.kernel_size()->at(0);
  const bool fixed = padding == StridePadding::SameAt456;
  const auto rows = same_padding(fixed ? nominal_size : input.size(2), kernel, stride);
  const auto cols = same_padding(fixed ? nominal_size : input.size(3), kernel, stride);
  return unit(torch::constant_pad_nd(input, {cols / 2, cols - cols / 2, rows / 2, rows - rows / 2}));
}

torch::Tensor EfficientNetB5::Block::operator()(const torch::Tensor& input, bool training) {
  auto x = depthwise(expand.is_empty() ? input : expand(input));
  const auto gate = torch::sigmoid(se_expand(se_reduce(torch::adaptive_avg_pool2d(x, {1, 1}))));
  x = project(torch::GradMode::is_enabled() ? x * gate : x.mul_(gate));
  if (!has_skip) return x;
  if (training && drop_connect > 0) x = drop_branch(x, drop_connect);
  return x.add_(input);
}

EfficientNetB5::PaddedConv EfficientNetB5::make_conv(const std::string& name, const std::string& bn_name,
                                                     torch::nn::Conv2dOptions options) {
  const auto stride = options.stride()->at(0);
  const auto kernel = options.kernel_size()->at(0);
  const bool symmetric = stride == 1 || m_variant.padding == StridePadding::Symmetric;
  PaddedConv conv;
  conv.padding = m_variant.padding;
  conv.nominal_size = m_nominal_size;
  m_nominal_size = static_cast<int>((m_nominal_size + stride - 1) / stride);
  options.bias(false).padding(symmetric ? kernel / 2 * options.dilation()->at(0) : 0);
  const auto made = register_at(*this, name, torch::nn::Conv2d(options));
  conv.unit = ConvUnit(made, make_bn(bn_name, static_cast<int>(options.out_channels())), Activation::Silu);
  return conv;
}

torch::nn::Conv2d EfficientNetB5::make_pointwise(const std::string& name, int in, int out, bool bias) {
  return register_at(*this, name, torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 1).bias(bias)));
}

torch::nn::BatchNorm2d EfficientNetB5::make_bn(const std::string& name, int channels) {
  return register_at(
      *this, name,
      torch::nn::BatchNorm2d(
          torch::nn::BatchNorm2dOptions(channels).eps(m_variant.bn_eps).momentum(m_variant.bn_momentum)));
}

EfficientNetB5::Block EfficientNetB5::make_block(const EfficientNetBlockNames& names,
                                                 const BlockShape& shape) {
  const std::string prefix(m_variant.prefix);
  const int wide = shape.in * shape.expansion;
  const int squeezed = shape.in / 4;
  Block block;
  if (shape.expansion != 1) {
    const auto conv = make_pointwise(prefix + names.expand, shape.in, wide);
    block.expand = ConvUnit(conv, make_bn(prefix + names.expand_bn, wide), Activation::Silu);
  }
  block.depthwise = make_conv(prefix + names.depthwise, prefix + names.depthwise_bn,
                              torch::nn::Conv2dOptions(wide, wide, shape.kernel)
                                  .stride(shape.stride)
                                  .dilation(shape.dilation)
                                  .groups(wide));
  const auto reduce = make_pointwise(prefix + names.se_reduce, wide, squeezed, true);
  block.se_reduce = ConvUnit(reduce, nullptr, Activation::Silu);
  block.se_expand = ConvUnit(make_pointwise(prefix + names.se_expand, squeezed, wide, true));
  const auto project = make_pointwise(prefix + names.project, wide, shape.out);
  block.project = ConvUnit(project, make_bn(prefix + names.project_bn, shape.out));
  block.has_skip = shape.in == shape.out && shape.stride == 1;
  return block;
}

void EfficientNetB5::make_blocks(const EncoderOptions& options) {
  const int stages = static_cast<int>(kEfficientNetB5.size());
  StridePlan plan(2, options.output_stride, m_variant.dilate_first);
  int channels = kEfficientNetB5Stem;
  for (int s = 0; s < stages; ++s) {
    const auto& stage = kEfficientNetB5[s];
    for (int r = 0; r < stage.repeats; ++r) {
      const auto step = plan.next(r == 0 ? stage.stride : 1);
      const auto names = efficientnet_block_names(m_variant.layout, s, r);
      m_blocks.push_back(make_block(
          names, {channels, stage.channels, stage.kernel, step.stride, step.dilation, stage.expansion}));
      channels = stage.channels;
    }
    // A feature ends where the plain network would halve the size next.
    m_blocks.back().ends_feature = s + 1 == stages || (s > 0 && kEfficientNetB5[s + 1].stride == 2);
    if (s == 0) m_blocks.back().ends_feature = !m_variant.first_from_stem;
  }
  const double rate = options.drop_connect.value_or(m_variant.drop_connect);
  for (std::size_t i = 0; i < m_blocks.size(); ++i)
    m_blocks[i].drop_connect = rate * static_cast<double>(i) / static_cast<double>(m_blocks.size());
}

EfficientNetB5::EfficientNetB5(const std::string& variant, const EncoderOptions& options)
    : Encoder({options.in_channels,
               find_efficientnet_variant(variant)->first_from_stem ? kEfficientNetB5Stem
                                                                   : kEfficientNetB5[0].channels,
               40, 64, 176, 512}),
      m_variant(*find_efficientnet_variant(variant)) {
  const std::string prefix(m_variant.prefix);
  const auto names = efficientnet_frame_names(m_variant.layout);
  m_stem = make_conv(prefix + names.stem, prefix + names.stem_bn,
                     torch::nn::Conv2dOptions(options.in_channels, kEfficientNetB5Stem, 3).stride(2));
  make_blocks(options);
  if (m_variant.has_head) {
    make_pointwise(prefix + names.head, channels().back(), kEfficientNetB5Head);
    make_bn(prefix + names.head_bn, kEfficientNetB5Head);
  }
}

std::vector<torch::Tensor> EfficientNetB5::features(const torch::Tensor& image) {
  std::vector<torch::Tensor> result{image};
  auto x = m_stem(image);
  if (m_variant.first_from_stem) result.push_back(x);
  for (auto& block : m_blocks) {
    x = block(x, is_training());
    if (block.ends_feature) result.push_back(x);
  }
  return result;
}

void EfficientNetB5::prepare_for_inference(ConvLayout layout) {
  m_stem.unit.prepare_for_inference(layout);
  for (auto& block : m_blocks) {
    for (auto* unit :
         {&block.expand, &block.depthwise.unit, &block.se_reduce, &block.se_expand, &block.project})
      if (!unit->is_empty()) unit->prepare_for_inference(layout);
  }
}

}  // namespace orthocover::nn
