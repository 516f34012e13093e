#pragma once

/// The one header through which oneDNN enters; differences between its versions (2.6, 3.x) live here.

#include <dnnl.hpp>
#include <optional>
#include <string_view>

#include "core/inference/onednn/graph.h"

namespace orthocover::onednn::api {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

/// Channels side by side in the layout that this machine's instructions want.
inline std::int64_t channels_in_block() {
  const auto isa = static_cast<int>(dnnl::get_effective_cpu_isa());
  const auto wide = static_cast<int>(dnnl::cpu_isa::avx512_core);
  return (isa & wide) == wide ? 16 : 8;
}

inline Desc floats(const dnnl::memory::dims& sizes, Tag tag) {
  return {sizes, dnnl::memory::data_type::f32, tag};
}

inline Tag blocked_tag(std::int64_t block) {
  return block == 16 ? Tag::nChw16c : Tag::nChw8c;
}

inline dnnl::memory::dims dims(const Pair& pair) {
  return {pair[0], pair[1]};
}

/// oneDNN counts the pixels between those that a kernel reads.
inline dnnl::memory::dims gaps(const Pair& dilation) {
  return {dilation[0] - 1, dilation[1] - 1};
}

inline void append_activation(dnnl::post_ops& after, Activation activation) {
  if (activation == Activation::None) return;
  const auto algorithm = activation == Activation::Relu   ? dnnl::algorithm::eltwise_relu
                         : activation == Activation::Silu ? dnnl::algorithm::eltwise_swish
                                                          : dnnl::algorithm::eltwise_logistic;
  const float alpha = activation == Activation::Silu ? 1.0F : 0.0F;
#if DNNL_VERSION_MAJOR >= 3
  after.append_eltwise(algorithm, alpha, 0.0F);
#else
  after.append_eltwise(1.0F, algorithm, alpha, 0.0F);
#endif
}

/// False for oneDNN's reference implementations.
template <class PrimitiveDesc>
bool is_fast(const PrimitiveDesc& found) {
  return !std::string_view(found.impl_info_str()).starts_with("ref");
}

using Convolution = dnnl::convolution_forward;

/// Empty: no fast implementation.
inline std::optional<Convolution::primitive_desc> convolution(const dnnl::engine& engine, const Desc& in,
                                                              const Desc& weight, const Desc& bias,
                                                              const Desc& out, const Geometry& g,
                                                              const dnnl::primitive_attr& attributes) {
  constexpr auto kProp = dnnl::prop_kind::forward_inference;
  constexpr auto kDirect = dnnl::algorithm::convolution_direct;
  try {
#if DNNL_VERSION_MAJOR >= 3
    const Convolution::primitive_desc found(engine, kProp, kDirect, in, weight, bias, out, dims(g.stride),
                                            gaps(g.dilation), dims(g.before), dims(g.after), attributes);
#else
    const Convolution::desc wanted(kProp, kDirect, in, weight, bias, out, dims(g.stride), gaps(g.dilation),
                                   dims(g.before), dims(g.after));
    const Convolution::primitive_desc found(wanted, attributes, engine);
#endif
    if (is_fast(found)) return found;
  } catch (const dnnl::error&) {
    // Not like this.
  }
  return std::nullopt;
}

/// @throws Unsupported
inline dnnl::pooling_forward::primitive_desc pooling(const dnnl::engine& engine, bool max, const Desc& in,
                                                     const Desc& out, const Geometry& g) {
  constexpr auto kProp = dnnl::prop_kind::forward_inference;
  const auto algorithm = max ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding;
  try {
#if DNNL_VERSION_MAJOR >= 3
    return {engine,           kProp,          algorithm,    in, out, dims(g.stride), dims(g.kernel),
            gaps(g.dilation), dims(g.before), dims(g.after)};
#else
    const dnnl::pooling_forward::desc wanted(kProp, algorithm, in, out, dims(g.stride), dims(g.kernel),
                                             dims(g.before), dims(g.after));
    return {wanted, engine};
#endif
  } catch (const dnnl::error& error) {
    throw Unsupported(error.what());
  }
}

}  // namespace orthocover::onednn::api
