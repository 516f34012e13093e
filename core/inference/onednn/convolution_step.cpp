#include <fmt/format.h>

#include "core/inference/onednn/parallel.h"
#include "core/inference/onednn/step.h"

namespace orthocover::onednn {
namespace {

using Arguments = std::unordered_map<int, dnnl::memory>;

std::string name_of(const Workshop& shop, int index) {
  const Op& op = shop.op(index);
  const Shape& in = op.depthwise ? op.depthwise->shape : shop.op(op.inputs[0]).shape;
  std::string name = op.depthwise ? "depthwise 3x3, " : "";
  if (op.depthwise && op.depthwise->geometry.dilation[0] > 1)
    name += fmt::format("dilated {}, ", op.depthwise->geometry.dilation[0]);
  if (op.pointwise) name += fmt::format("conv 1x1 to {}, ", op.pointwise->shape.channels);
  name += fmt::format("conv {}x{} {}x{}x{} -> {}x{}x{}", op.geometry.kernel[0], op.geometry.kernel[1],
                      in.channels, in.height, in.width, op.shape.channels, op.shape.height, op.shape.width);
  if (op.geometry.groups > 1) name += " depthwise";
  if (op.geometry.dilation[0] > 1) name += fmt::format(" dilated {}", op.geometry.dilation[0]);
  if (op.gate >= 0) name += " * gate";
  if (op.residual >= 0) name += " + sum";
  if (op.activation == Activation::Relu) name += " relu";
  if (op.activation == Activation::Silu) name += " silu";
  if (op.activation == Activation::Sigmoid) name += " sigmoid";
  if (op.pooled) name += ", means of 2x2";
  return name;
}

double multiply_adds(const Op& op) {
  return static_cast<double>(op.weight.numel() * op.shape.pixels() * (op.pooled ? 4 : 1));
}

api::Desc desc_of(const Blocked& map) {
  return api::floats({1, map.blocks * map.block, map.height, map.width}, api::blocked_tag(map.block));
}

dnnl::primitive_attr attributes_of(const Op& op) {
  dnnl::post_ops after;
  if (op.residual >= 0) after.append_sum(1.0F);
  api::append_activation(after, op.activation);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// A convolution of oneDNN, with what it reads.
struct Call {
  dnnl::engine engine;
  dnnl::convolution_forward::primitive_desc desc;
  dnnl::convolution_forward primitive;
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor gate_channels;
  std::int64_t gate_run = 0;
  int scaled_weight = -1;  ///< scratch
  int scratchpad = -1;

  void run(const Frame& frame, const Layout& layout, float* in, float* out, const float* gate) const {
    float* weights = weight.data_ptr<float>();
    if (gate != nullptr) {
      float* scaled = layout.scratch(scaled_weight, frame.arena);
      scale_weights(weights, gate_channels.data_ptr<std::int32_t>(), gate_channels.numel(), gate_run, gate,
                    scaled);
      weights = scaled;
    }
    Arguments arguments{{DNNL_ARG_SRC, {desc.src_desc(), engine, in}},
                        {DNNL_ARG_WEIGHTS, {desc.weights_desc(), engine, weights}},
                        {DNNL_ARG_BIAS, {desc.bias_desc(), engine, bias.data_ptr<float>()}},
                        {DNNL_ARG_DST, {desc.dst_desc(), engine, out}}};
    if (scratchpad >= 0)
      arguments.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(desc.scratchpad_desc(), engine,
                                                          layout.scratch(scratchpad, frame.arena)));
    primitive.execute(*frame.stream, arguments);
  }
};

std::int64_t floats_in(const api::Desc& desc) {
  return static_cast<std::int64_t>((desc.get_size() + sizeof(float) - 1) / sizeof(float));
}

/// How a convolution reads its input.
struct Source {
  api::Desc desc;
  std::int64_t channels = 0;  ///< stored ones
  std::vector<int> lanes;     ///< empty: the channels themselves
};

std::optional<Call> make_call(Workshop& shop, int index, const Source& source) {
  const Op& op = shop.op(index);
  const Blocked out = shop.layout.extent(index);
  const auto channels = out.blocks * out.block;
  const Pair& k = op.geometry.kernel;
  const dnnl::memory::dims sizes = op.geometry.groups > 1
                                       ? dnnl::memory::dims{channels, 1, 1, k[0], k[1]}
                                       : dnnl::memory::dims{channels, source.channels, k[0], k[1]};
  const auto desc =
      api::convolution(shop.engine, source.desc, api::floats(sizes, api::Tag::any),
                       api::floats({channels}, api::Tag::a), desc_of(out), op.geometry, attributes_of(op));
  if (!desc) return std::nullopt;
  const WeightStore::Packed& packed =
      shop.weights.packed(op, shop.layout.lanes(index), source.lanes, desc->weights_desc());
  Call call{shop.engine,
            *desc,
            dnnl::convolution_forward(*desc),
            packed.values,
            shop.weights.bias(op, shop.layout.lanes(index)),
            packed.channels,
            packed.run};
  if (op.gate >= 0) call.scaled_weight = shop.layout.add_scratch(index, packed.values.numel());
  if (desc->scratchpad_desc().get_size() > 0)
    call.scratchpad = shop.layout.add_scratch(index, floats_in(desc->scratchpad_desc()));
  return call;
}

std::string info(const Call& call) {
  return call.desc.impl_info_str();
}

/// Brings the term to where the sum will be, if it isn't there.
void append_residual(Workshop& shop, int index) {
  const int term = shop.op(index).residual;
  if (term < 0) return;
  if (shop.layout.lanes(term) != shop.layout.lanes(index)) throw Unsupported("terms in different order");
  if (shop.layout.shares_place(term, index)) return;
  const Layout& layout = shop.layout;
  shop.steps.push_back({"copy of a term", "own", 0, [&layout, term, index](const Frame& frame) {
                          copy(layout.map(term, frame.arena), layout.map(index, frame.arena));
                        }});
}

void append_on_image(Workshop& shop, int index) {
  const Op& op = shop.op(index);
  const Shape& image = shop.op(op.inputs[0]).shape;
  if (op.residual >= 0 || op.gate >= 0 || op.geometry.groups != 1) throw Unsupported("use of the image");
  if (append_own_on_image(shop, index, name_of(shop, index), multiply_adds(op))) return;
  const Layout& layout = shop.layout;
  const int numbers = shop.layout.add_scratch(index, image.channels * image.pixels());
  const auto floats_of = [&layout, numbers, image](const Frame& frame) {
    if (frame.image.bytes == nullptr) return frame.image.values;
    float* const floats = layout.scratch(numbers, frame.arena);
    parallel_for(image.channels * image.height, 64, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row)
        frame.image.copy(row / image.height, row * image.width, image.width, floats + row * image.width);
    });
    return static_cast<const float*>(floats);
  };
  const api::Desc plain = api::floats({1, image.channels, image.height, image.width}, api::Tag::nchw);
  if (const auto call = make_call(shop, index, {plain, image.channels, {}})) {
    shop.steps.push_back({name_of(shop, index), info(*call), multiply_adds(op),
                          [&layout, index, floats_of, call = *call](const Frame& frame) {
                            auto* in = const_cast<float*>(floats_of(frame));  // oneDNN only reads it
                            call.run(frame, layout, in, layout.map(index, frame.arena).data, nullptr);
                          }});
    return;
  }
  const int source = op.inputs[0];
  const Blocked extent = layout.extent(source);
  const auto call =
      make_call(shop, index, {desc_of(extent), extent.blocks * extent.block, layout.lanes(source)});
  if (!call) throw Unsupported("a convolution of the image");
  const int blocks = shop.layout.add_scratch(index, extent.floats());
  shop.steps.push_back({name_of(shop, index) + " (blocked image)", info(*call), multiply_adds(op),
                        [&layout, index, extent, blocks, floats_of, channels = image.channels,
                         call = *call](const Frame& frame) {
                          Blocked in = extent;
                          in.data = layout.scratch(blocks, frame.arena);
                          to_blocked(floats_of(frame), channels, in);
                          call.run(frame, layout, in.data, layout.map(index, frame.arena).data, nullptr);
                        }});
}

/// Ours: oneDNN has only its slow one for dilated depthwise convolutions.
void append_own_depthwise(Workshop& shop, int index) {
  const Op& op = shop.op(index);
  if (op.geometry.stride != Pair{1, 1} || op.residual >= 0) throw Unsupported("a depthwise convolution");
  const auto weight = shop.weights.by_taps(op, shop.layout.lanes(index), shop.layout.block());
  const auto bias = shop.weights.bias(op, shop.layout.lanes(index));
  const Layout& layout = shop.layout;
  shop.steps.push_back({name_of(shop, index), "own", multiply_adds(op),
                        [&layout, index, weight, bias, source = op.inputs[0], geometry = op.geometry,
                         activation = op.activation](const Frame& frame) {
                          const Blocked out = layout.map(index, frame.arena);
                          depthwise(layout.map(source, frame.arena), weight.data_ptr<float>(),
                                    bias.data_ptr<float>(), geometry, out);
                          if (activation != Activation::None) activate(out, activation);
                        }});
}

}  // namespace

void append_convolution(Workshop& shop, int index) {
  const Op& op = shop.op(index);
  const int source = op.inputs[0];
  if (shop.op(source).kind == OpKind::Image) return append_on_image(shop, index);
  const auto groups = op.geometry.groups;
  if (groups != 1 && (groups != op.shape.channels || groups != shop.op(source).shape.channels))
    throw Unsupported("a convolution in groups");
  if (op.gate >= 0 && shop.layout.lanes(op.gate) != shop.layout.lanes(source))
    throw Unsupported("a gate in another order");
  append_residual(shop, index);
  if (op.depthwise) return append_separable(shop, index, name_of(shop, index));
  if (append_winograd(shop, index, name_of(shop, index), When::Faster)) return;
  const Layout& layout = shop.layout;
  const std::vector<int>& lanes = layout.lanes(source);
  const auto stored = static_cast<std::int64_t>(lanes.size());
  const auto call = make_call(shop, index, {desc_of(layout.extent(source)), stored, lanes});
  if (!call) {
    if (append_winograd(shop, index, name_of(shop, index), When::Possible)) return;
    if (groups == 1) throw Unsupported("a convolution without a fast implementation");
    return append_own_depthwise(shop, index);
  }
  shop.steps.push_back({name_of(shop, index), info(*call), multiply_adds(op),
                        [&layout, index, source, gate = op.gate, call = *call](const Frame& frame) {
                          const float* factors = gate < 0 ? nullptr : layout.map(gate, frame.arena).data;
                          call.run(frame, layout, layout.map(source, frame.arena).data,
                                   layout.map(index, frame.arena).data, factors);
                        }});
}

}  // namespace orthocover::onednn
