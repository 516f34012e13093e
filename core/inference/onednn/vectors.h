#pragma once

#include <cstdint>

/// What our convolutions are made from: vectors of the channels of one block, and the product of rows of
/// numbers with a matrix of weights. ORTHOCOVER_FOR_16 and ORTHOCOVER_FOR_8 before a function choose the
/// instructions of everything that is inlined into it.
namespace orthocover::onednn::vectors {

/// Blocks of output channels that are made together.
constexpr std::int64_t kGroup = 2;

/// a / b, rounded up.
constexpr std::int64_t up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// Groups of blocks, the last of which may be smaller.
constexpr std::int64_t groups(std::int64_t blocks) {
  return up(blocks, kGroup);
}

/// A convolution of 3 x 3 with stride 1, padded by `dilation` on all sides so that the map keeps its size.
struct Convolution {
  std::int64_t block = 0;  ///< channels in a block: 8 or 16; are_available() says which
  std::int64_t in_blocks = 0;
  std::int64_t out_blocks = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t dilation = 1;
  bool add = false;   ///< to what the output holds
  bool relu = false;  ///< after that
};

#if defined(__x86_64__) && defined(__GNUC__)
#define ORTHOCOVER_VECTORS
#define ORTHOCOVER_INLINE inline __attribute__((always_inline))
#define ORTHOCOVER_FOR_16 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma")))
#define ORTHOCOVER_FOR_8 __attribute__((target("avx2,fma")))

/// True where the machine has the instructions for blocks of 16 or 8 channels.
inline bool are_available(std::int64_t block) {
  if (block == 16) return __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  return block == 8 && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

/// `block` channels of one pixel.
template <int Block>
struct Vector {
  using Type __attribute__((vector_size(Block * sizeof(float)))) = float;
};
template <int Block>
using Channels = typename Vector<Block>::Type;

template <class V>
ORTHOCOVER_INLINE V load(const float* from) {
  V value;
  __builtin_memcpy(&value, from, sizeof(V));
  return value;
}
template <class V>
ORTHOCOVER_INLINE void store(const V& value, float* to) {
  __builtin_memcpy(to, &value, sizeof(V));
}

/// Products of `Rows` tiles with the weights of one group: out[tile][channel] = sum over c of in[tile][c] *
/// weight[c][channel]; in_floats and out_floats from one tile to the next.
template <int Block, int Rows, int Blocks>
ORTHOCOVER_INLINE void multiply_rows(const float* in, std::int64_t in_floats, std::int64_t channels,
                                     const float* weight, float* out, std::int64_t out_floats) {
  using V = Channels<Block>;
  V sums[Rows][Blocks] = {};
  for (std::int64_t c = 0; c < channels; ++c) {
    V w[Blocks];
#pragma GCC unroll 4
    for (int b = 0; b < Blocks; ++b) w[b] = load<V>(weight + (c * Blocks + b) * Block);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const float x = in[r * in_floats + c];
#pragma GCC unroll 4
      for (int b = 0; b < Blocks; ++b) sums[r][b] += w[b] * x;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int b = 0; b < Blocks; ++b) store(sums[r][b], out + r * out_floats + b * Block);
}

/// What `multiply` may keep in registers at once: 32 of 16 numbers, or 16 of 8.
template <int Block>
constexpr int kMostRows = Block == 16 ? 14 : 6;

template <int Block, int Rows, int Blocks>
ORTHOCOVER_INLINE void multiply_some(std::int64_t rows, const float* in, std::int64_t in_floats,
                                     std::int64_t channels, const float* weight, float* out,
                                     std::int64_t out_floats) {
  if (rows == Rows)
    return multiply_rows<Block, Rows, Blocks>(in, in_floats, channels, weight, out, out_floats);
  if constexpr (Rows > 1)
    multiply_some<Block, Rows - 1, Blocks>(rows, in, in_floats, channels, weight, out, out_floats);
}

template <int Block, int Blocks>
ORTHOCOVER_INLINE void multiply(std::int64_t tiles, const float* in, std::int64_t in_floats,
                                std::int64_t channels, const float* weight, float* out,
                                std::int64_t out_floats) {
  constexpr std::int64_t kMost = kMostRows<Block>;
  const std::int64_t pieces = (tiles + kMost - 1) / kMost;
  for (std::int64_t i = 0; i < pieces; ++i) {
    const std::int64_t first = i * tiles / pieces;
    const std::int64_t rows = (i + 1) * tiles / pieces - first;
    multiply_some<Block, kMost, Blocks>(rows, in + first * in_floats, in_floats, channels, weight,
                                        out + first * out_floats, out_floats);
  }
}

#else

inline bool are_available(std::int64_t) {
  return false;
}

#endif

}  // namespace orthocover::onednn::vectors
