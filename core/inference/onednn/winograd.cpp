#include "core/inference/onednn/winograd.h"

#include <algorithm>
#include <array>
#include <numbers>

#ifdef ORTHOCOVER_VECTORS

namespace orthocover::onednn::winograd {
namespace {

using vectors::Channels;
using vectors::kGroup;
using vectors::load;
using vectors::store;

// The points at which a tile is known: 0, +-a, +-b and infinity. Of the pairs tried these lose the fewest
// digits: 2e-6 of the largest result with 512 channels, where +-1 and +-2 lose 1e-5.
constexpr double kB = std::numbers::sqrt2;
constexpr double kA = 1 / kB;
constexpr double kA2 = 0.5;
constexpr double kB2 = 2;
static_assert(kA2 * kB2 == 1, "transform_input leaves this factor out");

/// A row of the window for the products.
template <class V>
ORTHOCOVER_INLINE void transform_input(const V* d, std::int64_t step, V* t, std::int64_t to) {
  constexpr auto a = static_cast<float>(kA), b = static_cast<float>(kB);
  constexpr auto a2 = static_cast<float>(kA2), b2 = static_cast<float>(kB2);
  constexpr auto sum = static_cast<float>(kA2 + kB2);
  const V d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  t[0] = d0 - d2 * sum + d4;
  const V even_a = d4 - d2 * b2, odd_a = (d3 - d1 * b2) * a;
  t[to] = even_a + odd_a;
  t[2 * to] = even_a - odd_a;
  const V even_b = d4 - d2 * a2, odd_b = (d3 - d1 * a2) * b;
  t[3 * to] = even_b + odd_b;
  t[4 * to] = even_b - odd_b;
  t[5 * to] = d1 - d3 * sum + d5;
}

/// A row of results from the products.
template <class V>
ORTHOCOVER_INLINE void transform_output(const V* m, std::int64_t step, V* y, std::int64_t to) {
  constexpr auto a = static_cast<float>(kA), b = static_cast<float>(kB);
  constexpr auto a2 = static_cast<float>(kA2), b2 = static_cast<float>(kB2);
  constexpr auto a3 = static_cast<float>(kA2 * kA), b3 = static_cast<float>(kB2 * kB);
  const V sum_a = m[step] + m[2 * step], gap_a = m[step] - m[2 * step];
  const V sum_b = m[3 * step] + m[4 * step], gap_b = m[3 * step] - m[4 * step];
  y[0] = m[0] + sum_a + sum_b;
  y[to] = gap_a * a + gap_b * b;
  y[2 * to] = sum_a * a2 + sum_b * b2;
  y[3 * to] = gap_a * a3 + gap_b * b3 + m[5 * step];
}

/// Where a tile's pixels lie.
struct Place {
  std::int64_t y, x;  ///< its first result
};

struct Tiles {
  explicit Tiles(const Convolution& p)
      : dilation(p.dilation),
        rows(((p.height + p.dilation - 1) / p.dilation + kTile - 1) / kTile),
        cols(((p.width + p.dilation - 1) / p.dilation + kTile - 1) / kTile) {}

  Place place(std::int64_t tile) const {
    const std::int64_t picture = tile / (rows * cols);
    const std::int64_t in_picture = tile % (rows * cols);
    return {in_picture / cols * kTile * dilation + picture / dilation,
            in_picture % cols * kTile * dilation + picture % dilation};
  }

  std::int64_t dilation, rows, cols;
};

/// scratch: [36][tiles][input channels]
template <int Block>
ORTHOCOVER_INLINE void transform_tile(const Convolution& p, const Place& place, const float* in, float* to,
                                      std::int64_t product_floats) {
  using V = Channels<Block>;
  V window[kProducts];
  V rows[kProducts];
  const std::int64_t top = place.y - p.dilation;
  const std::int64_t left = place.x - p.dilation;
  const bool inside = top >= 0 && left >= 0 && top + (kWindow - 1) * p.dilation < p.height &&
                      left + (kWindow - 1) * p.dilation < p.width;
  for (std::int64_t block = 0; block < p.in_blocks; ++block) {
    const float* map = in + block * p.height * p.width * Block;
    for (std::int64_t i = 0; i < kWindow; ++i) {
      const std::int64_t y = top + i * p.dilation;
      for (std::int64_t j = 0; j < kWindow; ++j) {
        const std::int64_t x = left + j * p.dilation;
        if (inside || (y >= 0 && y < p.height && x >= 0 && x < p.width))
          window[i * kWindow + j] = load<V>(map + (y * p.width + x) * Block);
        else
          window[i * kWindow + j] = V{};
      }
    }
    for (std::int64_t j = 0; j < kWindow; ++j) transform_input(window + j, kWindow, rows + j, kWindow);
    for (std::int64_t i = 0; i < kWindow; ++i)
      transform_input(rows + i * kWindow, 1, window + i * kWindow, 1);
    for (std::int64_t k = 0; k < kProducts; ++k) store(window[k], to + k * product_floats + block * Block);
  }
}

template <int Block>
ORTHOCOVER_INLINE void finish_tile(const Convolution& p, const Place& place, const float* products,
                                   std::int64_t product_floats, const float* bias, float* map) {
  using V = Channels<Block>;
  V all[kProducts];
  V rows[kWindow * kTile];
  V results[kTile * kTile];
  for (std::int64_t k = 0; k < kProducts; ++k) all[k] = load<V>(products + k * product_floats);
  for (std::int64_t j = 0; j < kWindow; ++j) transform_output(all + j, kWindow, rows + j, kWindow);
  for (std::int64_t i = 0; i < kTile; ++i) transform_output(rows + i * kWindow, 1, results + i * kTile, 1);
  const V shift = load<V>(bias);
  for (std::int64_t i = 0; i < kTile; ++i) {
    const std::int64_t y = place.y + i * p.dilation;
    if (y >= p.height) break;
    for (std::int64_t j = 0; j < kTile; ++j) {
      const std::int64_t x = place.x + j * p.dilation;
      if (x >= p.width) break;
      float* to = map + (y * p.width + x) * Block;
      V value = results[i * kTile + j] + shift;
      if (p.add) value += load<V>(to);
      if (p.relu) value = value > 0 ? value : V{};
      store(value, to);
    }
  }
}

template <int Block>
ORTHOCOVER_INLINE void run_share(const Convolution& p, const Share& share, const float* in,
                                 const float* weight, const float* bias, float* scratch, float* out) {
  const Tiles tiles(p);
  const std::int64_t count = share.last_tile - share.first_tile;
  const std::int64_t channels = p.in_blocks * Block;
  const std::int64_t plane = count * channels;
  for (std::int64_t i = 0; i < count; ++i)
    transform_tile<Block>(p, tiles.place(share.first_tile + i), in, scratch + i * channels, plane);
  float* products = scratch + kProducts * plane;
  const std::int64_t map_floats = p.height * p.width * Block;
  for (std::int64_t group = share.first_group; group < share.last_group; ++group) {
    const std::int64_t first_block = group * kGroup;
    const std::int64_t blocks = std::min(kGroup, p.out_blocks - first_block);
    const std::int64_t width = blocks * Block;
    const float* weights = weight + first_block * Block * kProducts * channels;
    for (std::int64_t k = 0; k < kProducts; ++k) {
      const float* from = scratch + k * plane;
      float* to = products + k * count * width;
      if (blocks == kGroup)
        vectors::multiply<Block, kGroup>(count, from, channels, channels, weights + k * channels * width, to,
                                         width);
      else
        vectors::multiply<Block, 1>(count, from, channels, channels, weights + k * channels * width, to,
                                    width);
    }
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t b = 0; b < blocks; ++b)
        finish_tile<Block>(p, tiles.place(share.first_tile + i), products + i * width + b * Block,
                           count * width, bias + (first_block + b) * Block,
                           out + (first_block + b) * map_floats);
  }
}

ORTHOCOVER_FOR_16 void run_of_16(const Convolution& p, const Share& share, const float* in,
                                 const float* weight, const float* bias, float* scratch, float* out) {
  run_share<16>(p, share, in, weight, bias, scratch, out);
}

ORTHOCOVER_FOR_8 void run_of_8(const Convolution& p, const Share& share, const float* in, const float* weight,
                               const float* bias, float* scratch, float* out) {
  run_share<8>(p, share, in, weight, bias, scratch, out);
}

/// Kernels of several output channels beside each other; blocks have a multiple of it.
constexpr std::int64_t kLanes = 8;
using Lanes = std::array<double, kLanes>;

/// Kernels' values at the six points, along one axis.
std::array<Lanes, 6> at_points(const Lanes& g0, const Lanes& g1, const Lanes& g2) {
  constexpr double kOfA = 2 * kA2 * (kA2 - kB2);
  constexpr double kOfB = 2 * kB2 * (kB2 - kA2);
  std::array<Lanes, 6> out;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const auto value = [&](double x, double scale) { return (g0[i] + g1[i] * x + g2[i] * x * x) / scale; };
    out[0][i] = g0[i] / (kA2 * kB2);
    out[1][i] = value(kA, kOfA);
    out[2][i] = value(-kA, kOfA);
    out[3][i] = value(kB, kOfB);
    out[4][i] = value(-kB, kOfB);
    out[5][i] = g2[i];
  }
  return out;
}

}  // namespace

std::int64_t tiles(const Convolution& conv) {
  const Tiles all(conv);
  return conv.dilation * conv.dilation * all.rows * all.cols;
}

void transform_weights(const float* weight, std::int64_t out, std::int64_t in, std::int64_t block,
                       std::int64_t group, float* to) {
  const std::int64_t first = group * kGroup * block;
  const std::int64_t width = std::min(kGroup * block, out - first);
  to += first * in * kProducts;
  for (std::int64_t i = 0; i < in; ++i) {
    for (std::int64_t o = 0; o < width; o += kLanes) {
      std::array<Lanes, 9> g;
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const float* kernel = weight + ((first + o + static_cast<std::int64_t>(lane)) * in + i) * 9;
        for (std::size_t k = 0; k < g.size(); ++k) g[k][lane] = kernel[k];
      }
      std::array<std::array<Lanes, 6>, 3> rows;
      for (std::size_t r = 0; r < 3; ++r) rows[r] = at_points(g[3 * r], g[3 * r + 1], g[3 * r + 2]);
      for (std::int64_t x = 0; x < kWindow; ++x) {
        const auto col = static_cast<std::size_t>(x);
        const auto values = at_points(rows[0][col], rows[1][col], rows[2][col]);
        for (std::int64_t y = 0; y < kWindow; ++y)
          std::ranges::copy(values[static_cast<std::size_t>(y)],
                            to + ((y * kWindow + x) * in + i) * width + o);
      }
    }
  }
}

std::int64_t scratch_floats(const Convolution& conv, std::int64_t tiles) {
  return kProducts * tiles * (conv.in_blocks + kGroup) * conv.block;
}

std::int64_t good_share(const Convolution& conv) {
  constexpr std::int64_t kFewest = 56;
  constexpr std::int64_t kCacheFloats = 225000;
  return std::max(kFewest, kCacheFloats / scratch_floats(conv, 1));
}

void run(const Convolution& conv, const Share& share, const float* in, const float* weight, const float* bias,
         float* scratch, float* out) {
  (conv.block == 16 ? run_of_16 : run_of_8)(conv, share, in, weight, bias, scratch, out);
}

}  // namespace orthocover::onednn::winograd

#else

namespace orthocover::onednn::winograd {

std::int64_t tiles(const Convolution&) {
  return 0;
}
void transform_weights(const float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t, float*) {}
std::int64_t scratch_floats(const Convolution&, std::int64_t) {
  return 0;
}
std::int64_t good_share(const Convolution&) {
  return 1;
}
void run(const Convolution&, const Share&, const float*, const float*, const float*, float*, float*) {}

}  // namespace orthocover::onednn::winograd

#endif
