#include <ATen/Parallel.h>

#include <atomic>

#include "core/inference/onednn/parallel.h"
#include "core/inference/onednn/step.h"
#include "core/inference/onednn/winograd.h"

namespace orthocover::onednn {
namespace {

using winograd::Problem;
using winograd::Share;

/// Below, moving the pixels of a tile costs more than its multiplications.
constexpr std::int64_t kFewestChannels = 32;
/// Share of the multiplications that must be left out: partly filled tiles do more than they need.
constexpr double kWorthwhile = 0.7;

std::int64_t up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// How the tiles and groups of a convolution are dealt out to threads.
struct Deal {
  std::int64_t tiles, groups;              ///< in all
  std::int64_t tile_shares, group_shares;  ///< their number
  std::int64_t slots;                      ///< that may be worked on at once

  Deal(const Problem& problem, std::int64_t threads)
      : tiles(problem.tiles()), groups(winograd::groups(problem.out_blocks)) {
    constexpr std::int64_t kFewestTiles = 14;
    tile_shares = up(up(tiles, winograd::good_share(problem)), threads) * threads;
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

bool is_possible(const Op& op, const Problem& problem) {
  const Geometry& g = op.geometry;
  const Pair apart{problem.dilation, problem.dilation};
  return winograd::is_available(problem.block) && op.gate < 0 && g.groups == 1 && g.kernel == Pair{3, 3} &&
         g.stride == Pair{1, 1} && g.dilation == apart && g.before == apart && g.after == apart;
}

bool is_faster(const Workshop& shop, const Op& op, const Problem& problem) {
  if (std::min(op.shape.channels, shop.op(op.inputs[0]).shape.channels) < kFewestChannels) return false;
  const auto multiplications = static_cast<double>(problem.tiles() * winograd::kProducts);
  return multiplications < kWorthwhile * static_cast<double>(op.shape.pixels() * 9);
}

}  // namespace

bool append_winograd(Workshop& shop, int index, const std::string& name, When when) {
  const Op& op = shop.op(index);
  const int source = op.inputs[0];
  const Blocked in = shop.layout.extent(source);
  const Blocked out = shop.layout.extent(index);
  const Problem problem{in.block,         in.blocks,
                        out.blocks,       out.height,
                        out.width,        op.geometry.dilation[0],
                        op.residual >= 0, op.activation == Activation::Relu};
  if (!is_possible(op, problem) || (when == When::Faster && !is_faster(shop, op, problem))) return false;
  const Deal deal(problem, at::get_num_threads());
  const std::int64_t room = winograd::scratch_floats(problem, deal.tiles_at_most());
  const int scratch = shop.layout.add_scratch(index, room * deal.slots);
  const Layout& layout = shop.layout;
  const auto weight = shop.weights.winograd(op, layout.lanes(index), layout.lanes(source), in.block);
  const auto bias = shop.weights.bias(op, layout.lanes(index));
  const auto work = static_cast<double>(op.weight.numel()) * static_cast<double>(op.shape.pixels());
  shop.steps.push_back(
      {name, "own Winograd", work, [=, &layout, activation = op.activation](const Frame& frame) {
         const float* from = layout.map(source, frame.arena).data;
         const Blocked to = layout.map(index, frame.arena);
         float* rooms = layout.scratch(scratch, frame.arena);
         std::atomic<std::int64_t> next = 0;
         parallel_for(deal.slots, 1, [&](std::int64_t slot, std::int64_t) {
           for (std::int64_t i = next++; i < deal.count(); i = next++)
             winograd::run(problem, deal.share(i), from, weight.data_ptr<float>(), bias.data_ptr<float>(),
                           rooms + slot * room, to.data);
         });
         if (activation != Activation::None && activation != Activation::Relu) activate(to, activation);
       }});
  return true;
}

}  // namespace orthocover::onednn
