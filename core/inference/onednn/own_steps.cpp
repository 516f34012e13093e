#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

#include "core/inference/onednn/parallel.h"
#include "core/inference/onednn/separable.h"
#include "core/inference/onednn/step.h"
#include "core/inference/onednn/vectors.h"
#include "core/inference/onednn/winograd.h"

namespace orthocover::onednn {
namespace {

using vectors::Convolution;
using vectors::up;
using winograd::Share;

/// Below, moving the pixels of a tile costs more than its multiplications.
constexpr std::int64_t kFewestChannels = 16;
constexpr std::int64_t kFewestOfBoth = 48;
/// Largest share of the definition's multiplications that is worth it; partly filled tiles make it larger
/// than 1/4.
constexpr double kWorthwhile = 0.7;

/// How the tiles and groups of a convolution are dealt out to threads.
struct Deal {
  std::int64_t tiles, groups;              ///< in all
  std::int64_t tile_shares, group_shares;  ///< their number
  std::int64_t slots;                      ///< that may be worked on at once

  Deal(const Convolution& conv, std::int64_t threads)
      : tiles(winograd::tiles(conv)), groups(vectors::groups(conv.out_blocks)) {
    constexpr std::int64_t kFewestTiles = 14;
    tile_shares = up(up(tiles, winograd::good_share(conv)), threads) * threads;
    tile_shares = std::min(tile_shares, up(tiles, kFewestTiles));
    group_shares = std::min(groups, up(threads, tile_shares));
    slots = std::min(threads, tile_shares * group_shares);
  }

  std::int64_t count() const { return tile_shares * group_shares; }
  std::int64_t tiles_at_most() const { return up(tiles, tile_shares); }
  Share share(std::int64_t i) const {
    const std::int64_t t = i / group_shares, g = i % group_shares;
    return {t * tiles / tile_shares, (t + 1) * tiles / tile_shares, g * groups / group_shares,
            (g + 1) * groups / group_shares};
  }
};

bool is_possible(const Op& op, const Convolution& conv) {
  const Geometry& g = op.geometry;
  const Pair apart{conv.dilation, conv.dilation};
  return vectors::are_available(conv.block) && op.gate < 0 && g.groups == 1 && g.kernel == Pair{3, 3} &&
         g.stride == Pair{1, 1} && g.dilation == apart && g.before == apart && g.after == apart;
}

bool is_faster(const Workshop& shop, const Op& op, const Convolution& conv) {
  const std::int64_t in = shop.op(op.inputs[0]).shape.channels, out = op.shape.channels;
  if (std::min(in, out) < kFewestChannels || in + out < kFewestOfBoth) return false;
  const auto multiplications = static_cast<double>(winograd::tiles(conv) * winograd::kProducts);
  return multiplications < kWorthwhile * static_cast<double>(op.shape.pixels() * 9);
}

Convolution convolution_of(const Workshop& shop, int index, const Op& op) {
  const Blocked in = shop.layout.extent(op.inputs[0]), out = shop.layout.extent(index);
  return {in.block,         in.blocks,
          out.blocks,       out.height,
          out.width,        op.geometry.dilation[0],
          op.residual >= 0, op.activation == Activation::Relu};
}

/// Descriptions of convolutions with weights, which it keeps.
class ChainOfWeights {
 public:
  ChainOfWeights(WeightStore& store, std::int64_t block) : m_store(store), m_block(block) {}

  separable::Chain depthwise(const Op& conv, const std::vector<int>& lanes) {
    return {.block = m_block,
            .in_blocks = static_cast<std::int64_t>(lanes.size()) / m_block,
            .height = conv.shape.height,
            .width = conv.shape.width,
            .dilation = conv.geometry.dilation[0],
            .depthwise = keep(m_store.by_taps(conv, lanes, m_block)),
            .depthwise_bias = keep(m_store.bias(conv, lanes)),
            .relu = conv.activation == Activation::Relu,
            .first = {},
            .second = {},
            .rows = 1};
  }

  separable::Pointwise pointwise(const Op& conv, const std::vector<int>& in, const std::vector<int>& out) {
    return {static_cast<std::int64_t>(out.size()) / m_block, keep(m_store.pointwise(conv, out, in, m_block)),
            keep(m_store.bias(conv, out)), conv.residual >= 0, conv.activation == Activation::Relu};
  }

  const std::vector<torch::Tensor>& kept() const { return m_kept; }

 private:
  const float* keep(const torch::Tensor& values) {
    m_kept.push_back(values);
    return values.data_ptr<float>();
  }

  WeightStore& m_store;
  std::int64_t m_block;
  std::vector<torch::Tensor> m_kept;
};

/// So that no thread waits long for the others, and a piece is worth what it begins with.
std::int64_t rows_of_piece(separable::Chain chain) {
  constexpr std::int64_t kPiecesOfThread = 4, kFewest = 4, kMost = 24;
  chain.rows = 1;
  return std::clamp(separable::pieces(chain) / (kPiecesOfThread * at::get_num_threads()), kFewest, kMost);
}

/// What a depthwise convolution reads.
class Parts {
 public:
  Parts(const Workshop& shop, const Op& op) : m_ops(op.inputs) {
    const Shape& to = op.depthwise->shape;
    for (const int input : op.inputs) {
      const Shape& from = shop.op(input).shape;
      m_growths.emplace_back();
      if (from.height == to.height && from.width == to.width) continue;
      m_growths.back() = {{from.height, to.height, op.align_corners},
                          {from.width, to.width, op.align_corners}};
    }
  }

  std::vector<separable::Part> in(const Layout& layout, float* arena) const {
    std::vector<separable::Part> parts;
    for (std::size_t i = 0; i < m_ops.size(); ++i) {
      const Blocked map = layout.map(m_ops[i], arena);
      parts.push_back({map.data, map.blocks, map.height, map.width, m_growths[i] ? &*m_growths[i] : nullptr});
    }
    return parts;
  }

 private:
  std::vector<int> m_ops;
  std::vector<std::optional<separable::Growth>> m_growths;
};

/// What the convolution itself doesn't do.
void finish(const Blocked& out, Activation activation) {
  if (activation != Activation::None && activation != Activation::Relu) activate(out, activation);
}

}  // namespace

void ImageValues::copy(std::int64_t channel, std::int64_t first, std::int64_t count, float* to) const {
  if (bytes != nullptr)
    rows::stretch(bytes + first, count, stretches[channel], to);
  else
    std::copy_n(values + first, count, to);
}

void deal_out(std::int64_t slots, std::int64_t count,
              const std::function<void(std::int64_t slot, std::int64_t i)>& work) {
  std::atomic<std::int64_t> next = 0;
  parallel_for(slots, 1, [&](std::int64_t slot, std::int64_t) {
    for (std::int64_t i = next++; i < count; i = next++) work(slot, i);
  });
}

bool append_winograd(Workshop& shop, int index, const std::string& name, When when) {
  const Op& op = shop.op(index);
  const Convolution conv = convolution_of(shop, index, op);
  if (!is_possible(op, conv) || (when == When::Faster && !is_faster(shop, op, conv))) return false;
  const Deal deal(conv, at::get_num_threads());
  const std::int64_t room = winograd::scratch_floats(conv, deal.tiles_at_most());
  const int scratch = shop.layout.add_scratch(index, room * deal.slots);
  const Layout& layout = shop.layout;
  const int source = op.inputs[0];
  const auto weight = shop.weights.winograd(op, layout.lanes(index), layout.lanes(source), conv.block);
  const auto bias = shop.weights.bias(op, layout.lanes(index));
  const auto work = static_cast<double>(op.weight.numel()) * static_cast<double>(op.shape.pixels());
  shop.steps.push_back(
      {name, "own Winograd", work, [=, &layout, activation = op.activation](const Frame& frame) {
         const float* from = layout.map(source, frame.arena).data;
         const Blocked to = layout.map(index, frame.arena);
         float* rooms = layout.scratch(scratch, frame.arena);
         deal_out(deal.slots, deal.count(), [&](std::int64_t slot, std::int64_t i) {
           winograd::run(conv, deal.share(i), from, weight.data_ptr<float>(), bias.data_ptr<float>(),
                         rooms + slot * room, to.data);
         });
         finish(to, activation);
       }});
  return true;
}

void append_separable(Workshop& shop, int index, const std::string& name) {
  const Op& op = shop.op(index);
  const Layout& layout = shop.layout;
  const std::vector<int> in = layout.lanes_of_all(op.inputs);
  ChainOfWeights weights(shop.weights, layout.block());
  separable::Chain chain = weights.depthwise(*op.depthwise, in);
  auto multiply_adds = static_cast<double>(op.depthwise->weight.numel() + op.weight.numel());
  if (op.pointwise) {
    const std::vector<int> between = layout.lanes_of_new(op.pointwise->shape.channels);
    chain.first = weights.pointwise(*op.pointwise, in, between);
    chain.second = weights.pointwise(op, between, layout.lanes(index));
    multiply_adds += static_cast<double>(op.pointwise->weight.numel());
  } else {
    chain.first = weights.pointwise(op, in, layout.lanes(index));
  }
  const Parts parts(shop, op);
  chain.rows = rows_of_piece(chain);
  const std::int64_t pieces = separable::pieces(chain);
  const std::int64_t slots = std::min<std::int64_t>(at::get_num_threads(), pieces);
  const std::int64_t room = separable::scratch_floats(chain, parts.in(layout, nullptr));
  const int scratch = shop.layout.add_scratch(index, room * slots);
  shop.steps.push_back({name, "own separable", multiply_adds * static_cast<double>(op.shape.pixels()),
                        [=, &layout, activation = op.activation, kept = weights.kept()](const Frame& frame) {
                          const std::vector<separable::Part> from = parts.in(layout, frame.arena);
                          const Blocked to = layout.map(index, frame.arena);
                          float* rooms = layout.scratch(scratch, frame.arena);
                          deal_out(slots, pieces, [&](std::int64_t slot, std::int64_t piece) {
                            separable::run(chain, piece, from, rooms + slot * room, to.data);
                          });
                          finish(to, activation);
                        }});
}

}  // namespace orthocover::onednn
