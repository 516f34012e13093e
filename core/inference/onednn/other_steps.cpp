#include <fmt/format.h>

#include "core/inference/onednn/step.h"

namespace orthocover::onednn {
namespace {

std::string with_shape(const char* what, const Shape& in, const Shape& out) {
  return fmt::format("{} {}x{}x{} -> {}x{}x{}", what, in.channels, in.height, in.width, out.channels,
                     out.height, out.width);
}

/// Appends a step of our own that makes one result from another.
template <class Work>
void append_own(Workshop& shop, int index, const char* what, const Work& work) {
  const Op& op = shop.op(index);
  const Layout& layout = shop.layout;
  const int source = op.inputs[0];
  shop.steps.push_back({with_shape(what, shop.op(source).shape, op.shape), "own", 0,
                        [&layout, index, source, work](const Frame& frame) {
                          work(frame, layout.map(source, frame.arena), layout.map(index, frame.arena));
                        }});
}

void append_pool(Workshop& shop, int index) {
  const Op& op = shop.op(index);
  const Layout& layout = shop.layout;
  const bool max = op.kind == OpKind::MaxPool;
  const auto desc = [&](int of) {
    const Blocked map = layout.extent(of);
    return api::floats({1, map.blocks * map.block, map.height, map.width}, api::blocked_tag(map.block));
  };
  const auto pool = api::pooling(shop.engine, max, desc(op.inputs[0]), desc(index), op.geometry);
  if (!api::is_fast(pool)) throw Unsupported("a pooling without a fast implementation");
  shop.steps.push_back(
      {with_shape(max ? "max pool" : "average pool", shop.op(op.inputs[0]).shape, op.shape),
       pool.impl_info_str(), 0,
       [&layout, index, source = op.inputs[0], pool, primitive = dnnl::pooling_forward(pool),
        engine = shop.engine](const Frame& frame) {
         const dnnl::memory in(pool.src_desc(), engine, layout.map(source, frame.arena).data);
         const dnnl::memory out(pool.dst_desc(), engine, layout.map(index, frame.arena).data);
         primitive.execute(*frame.stream, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
       }});
}

void append_global_pool(Workshop& shop, int index) {
  const Layout& layout = shop.layout;
  const int sums = shop.layout.add_scratch(index, global_pool_sums(layout.extent(shop.op(index).inputs[0])));
  append_own(shop, index, "mean", [&layout, sums](const Frame& frame, const Blocked& in, const Blocked& out) {
    global_pool(in, out.data, layout.scratch(sums, frame.arena));
  });
}

void append_bilinear(Workshop& shop, int index) {
  const bool align = shop.op(index).align_corners;
  append_own(shop, index, "bilinear", [align](const Frame&, const Blocked& in, const Blocked& out) {
    resize_bilinear(in, out, align);
  });
}

void append_nearest(Workshop& shop, int index) {
  append_own(shop, index, "nearest",
             [](const Frame&, const Blocked& in, const Blocked& out) { resize_nearest(in, out); });
}

void append_activation(Workshop& shop, int index) {
  const Activation activation = shop.op(index).activation;
  append_own(shop, index, "activation", [activation](const Frame&, const Blocked& in, const Blocked& out) {
    copy(in, out);
    activate(out, activation);
  });
}

void append_add(Workshop& shop, int index) {
  const Layout& layout = shop.layout;
  const int other = shop.op(index).inputs[1];
  if (layout.lanes(other) != layout.lanes(index)) throw Unsupported("terms in different order");
  append_own(shop, index, "sum", [&layout, other](const Frame& frame, const Blocked& in, const Blocked& out) {
    add(in, layout.map(other, frame.arena), out);
  });
}

void append_multiply(Workshop& shop, int index) {
  const Layout& layout = shop.layout;
  const int gate = shop.op(index).inputs[1];
  const bool by_channel = shop.op(gate).shape.pixels() == 1 && shop.op(gate).shape.channels > 1;
  if (by_channel && layout.lanes(gate) != layout.lanes(index)) throw Unsupported("a gate in another order");
  append_own(shop, index, "product",
             [&layout, gate, by_channel](const Frame& frame, const Blocked& in, const Blocked& out) {
               const Blocked factors = layout.map(gate, frame.arena);
               if (by_channel) return multiply_by_channel(in, factors.data, out);
               multiply_by_pixel(in, factors, out);
             });
}

/// Brings the parts that aren't there yet to their places.
void append_concat(Workshop& shop, int index) {
  const Layout& layout = shop.layout;
  std::int64_t start = 0;
  for (const int part : shop.op(index).inputs) {
    const Blocked extent = layout.extent(part);
    if (!layout.is_in_place(part, index)) {
      shop.steps.push_back({with_shape("copy of a part", shop.op(part).shape, shop.op(index).shape), "own", 0,
                            [&layout, index, part, start](const Frame& frame) {
                              Blocked to = layout.map(part, frame.arena);
                              to.data = layout.map(index, frame.arena).data + start;
                              copy(layout.map(part, frame.arena), to);
                            }});
    }
    start += extent.floats();
  }
}

}  // namespace

void append_other(Workshop& shop, int index) {
  const Op& op = shop.op(index);
  for (const int input : op.reads())
    if (shop.op(input).kind == OpKind::Image) throw Unsupported("use of the image");
  switch (op.kind) {
    case OpKind::MaxPool:
    case OpKind::AveragePool:
      return append_pool(shop, index);
    case OpKind::GlobalPool:
      return append_global_pool(shop, index);
    case OpKind::Bilinear:
      return append_bilinear(shop, index);
    case OpKind::Nearest:
    case OpKind::Expand:
      return append_nearest(shop, index);
    case OpKind::Activate:
      return append_activation(shop, index);
    case OpKind::Add:
      return append_add(shop, index);
    case OpKind::Multiply:
      return append_multiply(shop, index);
    case OpKind::Concat:
      return append_concat(shop, index);
    default:
      throw Unsupported("a padding that no convolution takes");
  }
}

void append_scores(Workshop& shop) {
  const Op& last = shop.op(shop.graph.result);
  const Layout& layout = shop.layout;
  const auto channels = last.shape.channels;
  for (std::int64_t c = 0; c < channels; ++c)
    if (layout.lanes(shop.graph.result)[static_cast<std::size_t>(c)] != c)
      throw Unsupported("order of scores");
  if (last.kind != OpKind::Bilinear) {
    shop.steps.push_back(
        {"scores", "own", 0, [&layout, channels, from = shop.graph.result](const Frame& frame) {
           to_plain(layout.map(from, frame.arena), channels, frame.scores);
         }});
    return;
  }
  shop.steps.push_back({with_shape("scores, bilinear", shop.op(last.inputs[0]).shape, last.shape), "own", 0,
                        [&layout, channels, from = last.inputs[0], shape = last.shape,
                         align = last.align_corners](const Frame& frame) {
                          resize_bilinear_plain(layout.map(from, frame.arena), channels, frame.scores,
                                                shape.height, shape.width, align);
                        }});
}

}  // namespace orthocover::onednn
