#include "core/inference/onednn/separable.h"

#include <algorithm>
#include <vector>

#include "core/base/rows.h"
#include "core/inference/onednn/vectors.h"

namespace orthocover::onednn::separable {
namespace {

using vectors::up;

constexpr std::int64_t kTaps = 3;  ///< of the kernel, on each axis

/// Floats from one pixel to the next where a pixel's channels lie side by side: a block more than there are,
/// or pixels would fall into few sets of the cache.
std::int64_t stride(const Chain& chain, std::int64_t blocks) {
  return (blocks + 1) * chain.block;
}

/// Columns of a piece: enough of them to be worth reading the weights for, and few enough for the caches.
std::int64_t columns(const Chain& chain) {
  constexpr std::int64_t kRoom = 9216;
  constexpr std::int64_t kMultiple = 14;
  return std::clamp<std::int64_t>(kRoom / stride(chain, chain.in_blocks) / kMultiple, 1, 6) * kMultiple;
}

std::int64_t grown_blocks(std::span<const Part> parts) {
  std::int64_t sum = 0;
  for (const Part& part : parts) sum += part.growth != nullptr ? part.blocks : 0;
  return sum;
}

struct Piece {
  std::int64_t top, bottom, left, right;

  Piece(const Chain& chain, std::int64_t number) {
    const std::int64_t wide = columns(chain), across = up(chain.width, wide);
    top = number / across * chain.rows;
    bottom = std::min(top + chain.rows, chain.height);
    left = number % across * wide;
    right = std::min(left + wide, chain.width);
  }
  std::int64_t width() const { return right - left; }
};

/// The rows that a piece reads; those of parts that grow are made here, each once.
class Rows {
 public:
  Rows(const Chain& chain, const Piece& piece, std::span<const Part> parts, float* room)
      : m_chain(chain),
        m_parts(parts),
        m_left(piece.left),
        m_first(std::max<std::int64_t>(piece.left - 1, 0)),
        m_floats((std::min(piece.right + 1, chain.width) - m_first) * chain.block),
        m_next(std::max<std::int64_t>(piece.top - 1, 0)),
        m_stretched_rows(static_cast<std::size_t>(2 * grown_blocks(parts)), -1),
        m_ring(room),
        m_stretched(room + grown_blocks(parts) * kTaps * m_floats) {}

  static std::int64_t scratch_floats(const Chain& chain, std::span<const Part> parts) {
    return grown_blocks(parts) * (kTaps + 2) * (columns(chain) + 2) * chain.block;
  }

  /// Makes what row `y` of the result needs.
  void make(std::int64_t y) {
    for (; m_next <= std::min(y + 1, m_chain.height - 1); ++m_next) {
      std::int64_t slot = 0;
      for (const Part& part : m_parts) {
        if (part.growth == nullptr) continue;
        for (std::int64_t block = 0; block < part.blocks; ++block) grow(part, block, slot++);
      }
    }
  }

  /// The piece's first pixel in a row.
  /// @param slot of the block among those that grow
  const float* at(const Part& part, std::int64_t block, std::int64_t slot, std::int64_t row) const {
    if (part.growth != nullptr) return ring(slot, row) + (m_left - m_first) * m_chain.block;
    return part.map + ((block * part.height + row) * part.width + m_left) * m_chain.block;
  }

 private:
  float* ring(std::int64_t slot, std::int64_t row) const {
    return m_ring + (slot * kTaps + row % kTaps) * m_floats;
  }

  void grow(const Part& part, std::int64_t block, std::int64_t slot) {
    const loops::Axis& down = part.growth->down;
    const auto y = static_cast<std::size_t>(m_next);
    const float* low = stretched(part, block, slot, down.low[y]);
    rows::blend(low, stretched(part, block, slot, down.high[y]), down.t[y], m_floats, ring(slot, m_next));
  }

  /// A row of the part's map at the result's columns.
  const float* stretched(const Part& part, std::int64_t block, std::int64_t slot, std::int64_t row) {
    const std::int64_t place = slot * 2 + row % 2;
    float* to = m_stretched + place * m_floats;
    std::int64_t& there = m_stretched_rows[static_cast<std::size_t>(place)];
    if (there != row)
      loops::blend_pixels(part.map + (block * part.height + row) * part.width * m_chain.block,
                          part.growth->across.from(m_first), m_chain.block, m_floats / m_chain.block, to);
    there = row;
    return to;
  }

  const Chain& m_chain;
  std::span<const Part> m_parts;
  std::int64_t m_left;
  std::int64_t m_first;   ///< column
  std::int64_t m_floats;  ///< of a row
  std::int64_t m_next;    ///< row
  std::vector<std::int64_t> m_stretched_rows;
  float* m_ring;
  float* m_stretched;
};

/// The rooms of a piece, one behind the other.
struct Rooms {
  std::int64_t rows, depthwise, first, products;

  Rooms(const Chain& chain, std::span<const Part> parts)
      : rows(Rows::scratch_floats(chain, parts)),
        depthwise(columns(chain) * stride(chain, chain.in_blocks)),
        first(chain.second.blocks > 0 ? columns(chain) * stride(chain, chain.first.blocks) : 0),
        products(columns(chain) * vectors::kGroup * chain.block) {}
};

}  // namespace

std::int64_t pieces(const Chain& chain) {
  return up(chain.height, chain.rows) * up(chain.width, columns(chain));
}

std::int64_t scratch_floats(const Chain& chain, std::span<const Part> parts) {
  const Rooms rooms(chain, parts);
  return rooms.rows + rooms.depthwise + rooms.first + rooms.products;
}

}  // namespace orthocover::onednn::separable

#ifdef ORTHOCOVER_VECTORS

namespace orthocover::onednn::separable {
namespace {

using vectors::Channels;
using vectors::kGroup;
using vectors::load;
using vectors::store;

/// The pixels that one row of results is made from, and which rows of the kernel lie inside the map.
struct Taps {
  const float* rows[kTaps];
  int first, last;
  std::int64_t step;  ///< floats from one column of the kernel to the next
};

template <int Block>
ORTHOCOVER_INLINE void put(Channels<Block> sum, bool relu, float* to) {
  if (relu) sum = sum > 0 ? sum : Channels<Block>{};
  store(sum, to);
}

/// One pixel of the depthwise convolution; the whole kernel lies inside the map.
template <int Block>
ORTHOCOVER_INLINE Channels<Block> inner_pixel(const Taps& taps, std::int64_t at, const Channels<Block>* w,
                                              const Channels<Block>& bias) {
  Channels<Block> sum = bias;
#pragma GCC unroll 3
  for (int ky = 0; ky < kTaps; ++ky) {
    const float* from = taps.rows[ky] + at;
    sum += load<Channels<Block>>(from - taps.step) * w[ky * 3];
    sum += load<Channels<Block>>(from) * w[ky * 3 + 1];
    sum += load<Channels<Block>>(from + taps.step) * w[ky * 3 + 2];
  }
  return sum;
}

/// The same where some of it may lie outside.
/// @param at,before,behind in floats from the rows' first pixel: this pixel, and where the map's row begins
/// and ends
template <int Block>
ORTHOCOVER_INLINE Channels<Block> rim_pixel(const Taps& taps, std::int64_t at, std::int64_t before,
                                            std::int64_t behind, const Channels<Block>* w,
                                            const Channels<Block>& bias) {
  Channels<Block> sum = bias;
  for (int ky = taps.first; ky < taps.last; ++ky) {
    for (int kx = 0; kx < kTaps; ++kx) {
      const std::int64_t from = at + (kx - 1) * taps.step;
      if (from >= before && from < behind)
        sum += load<Channels<Block>>(taps.rows[ky] + from) * w[ky * 3 + kx];
    }
  }
  return sum;
}

/// One block of channels.
/// @param to [pixels][stride]
template <int Block, bool Relu>
ORTHOCOVER_INLINE void depthwise_block(const Chain& chain, const Piece& piece, const Taps& taps,
                                       std::int64_t block, std::int64_t to_next, float* to) {
  using V = Channels<Block>;
  V w[9];
#pragma GCC unroll 9
  for (std::int64_t k = 0; k < 9; ++k) w[k] = load<V>(chain.depthwise + (block * 9 + k) * Block);
  const V bias = load<V>(chain.depthwise_bias + block * Block);
  const std::int64_t width = piece.width();
  const std::int64_t before = -piece.left * Block, behind = (chain.width - piece.left) * Block;
  const bool inside = taps.first == 0 && taps.last == kTaps;
  const std::int64_t left = inside ? std::clamp<std::int64_t>(chain.dilation - piece.left, 0, width) : width;
  const std::int64_t right = std::clamp(chain.width - chain.dilation - piece.left, left, width);
  for (std::int64_t x = 0; x < left; ++x)
    put<Block>(rim_pixel<Block>(taps, x * Block, before, behind, w, bias), Relu, to + x * to_next);
  for (std::int64_t x = left; x < right; ++x)
    put<Block>(inner_pixel<Block>(taps, x * Block, w, bias), Relu, to + x * to_next);
  for (std::int64_t x = right; x < width; ++x)
    put<Block>(rim_pixel<Block>(taps, x * Block, before, behind, w, bias), Relu, to + x * to_next);
}

template <int Block>
ORTHOCOVER_INLINE void depthwise(const Chain& chain, const Piece& piece, std::int64_t y,
                                 std::span<const Part> parts, const Rows& rows, float* to) {
  const std::int64_t to_next = stride(chain, chain.in_blocks);
  const bool above = y >= chain.dilation, below = y + chain.dilation < chain.height;
  std::int64_t block = 0, slot = 0;
  for (const Part& part : parts) {
    for (std::int64_t i = 0; i < part.blocks; ++i, ++block) {
      const auto row = [&](std::int64_t at) { return rows.at(part, i, slot, at); };
      const Taps taps{{row(above ? y - chain.dilation : y), row(y), row(below ? y + chain.dilation : y)},
                      above ? 0 : 1,
                      below ? 3 : 2,
                      chain.dilation * Block};
      if (chain.relu)
        depthwise_block<Block, true>(chain, piece, taps, block, to_next, to + block * Block);
      else
        depthwise_block<Block, false>(chain, piece, taps, block, to_next, to + block * Block);
      if (part.growth != nullptr) ++slot;
    }
  }
}

/// Where a row of results goes.
struct Target {
  float* data;
  std::int64_t pixel;  ///< floats from one pixel to the next
  std::int64_t block;  ///< and from one block to the next
};

/// products: [pixels][blocks * Block]
template <int Block>
ORTHOCOVER_INLINE void finish(const Pointwise& p, const float* products, std::int64_t pixels,
                              std::int64_t start, std::int64_t blocks, const Target& to) {
  using V = Channels<Block>;
  for (std::int64_t b = 0; b < blocks; ++b) {
    const V shift = load<V>(p.bias + (start + b) * Block);
    float* out = to.data + (start + b) * to.block;
    for (std::int64_t x = 0; x < pixels; ++x) {
      V value = load<V>(products + (x * blocks + b) * Block) + shift;
      if (p.add) value += load<V>(out + x * to.pixel);
      put<Block>(value, p.relu, out + x * to.pixel);
    }
  }
}

template <int Block>
ORTHOCOVER_INLINE void multiply(const Chain& chain, const Pointwise& p, std::int64_t in_blocks,
                                const float* in, std::int64_t pixels, float* products, const Target& to) {
  const std::int64_t channels = in_blocks * Block, next = stride(chain, in_blocks);
  for (std::int64_t start = 0; start < p.blocks; start += kGroup) {
    const std::int64_t blocks = std::min(kGroup, p.blocks - start);
    const float* matrix = p.weight + start * Block * channels;
    if (blocks == kGroup)
      vectors::multiply<Block, kGroup>(pixels, in, next, channels, matrix, products, kGroup * Block);
    else
      vectors::multiply<Block, 1>(pixels, in, next, channels, matrix, products, Block);
    finish<Block>(p, products, pixels, start, blocks, to);
  }
}

template <int Block>
ORTHOCOVER_INLINE void make(const Chain& chain, const Piece& piece, std::span<const Part> parts,
                            float* scratch, float* out) {
  const Rooms rooms(chain, parts);
  float* between = scratch + rooms.rows;
  float* first = between + rooms.depthwise;
  float* products = first + rooms.first;
  Rows rows(chain, piece, parts, scratch);
  for (std::int64_t y = piece.top; y < piece.bottom; ++y) {
    rows.make(y);
    depthwise<Block>(chain, piece, y, parts, rows, between);
    const Target to{out + (y * chain.width + piece.left) * Block, Block, chain.height * chain.width * Block};
    if (chain.second.blocks == 0) {
      multiply<Block>(chain, chain.first, chain.in_blocks, between, piece.width(), products, to);
    } else {
      const Target middle{first, stride(chain, chain.first.blocks), Block};
      multiply<Block>(chain, chain.first, chain.in_blocks, between, piece.width(), products, middle);
      multiply<Block>(chain, chain.second, chain.first.blocks, first, piece.width(), products, to);
    }
  }
}

ORTHOCOVER_FOR_16 void make_of_16(const Chain& chain, const Piece& piece, std::span<const Part> parts,
                                  float* scratch, float* out) {
  make<16>(chain, piece, parts, scratch, out);
}

ORTHOCOVER_FOR_8 void make_of_8(const Chain& chain, const Piece& piece, std::span<const Part> parts,
                                float* scratch, float* out) {
  make<8>(chain, piece, parts, scratch, out);
}

}  // namespace

void run(const Chain& chain, std::int64_t piece, std::span<const Part> parts, float* scratch, float* out) {
  (chain.block == 16 ? make_of_16 : make_of_8)(chain, Piece(chain, piece), parts, scratch, out);
}

}  // namespace orthocover::onednn::separable

#else

namespace orthocover::onednn::separable {

void run(const Chain&, std::int64_t, std::span<const Part>, float*, float*) {}

}  // namespace orthocover::onednn::separable

#endif
