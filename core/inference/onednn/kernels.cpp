#include "core/inference/onednn/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/rows.h"
#include "core/inference/onednn/loops.h"
#include "core/inference/onednn/parallel.h"

namespace orthocover::onednn {
namespace {

constexpr std::int64_t kFloatsPerTask = 16384;
constexpr std::int64_t kRowsPerSum = 8;

/// Calls `work(first, last)` for ranges of rows of this length, in several threads when they are many.
template <class Work>
void for_rows(std::int64_t rows, std::int64_t row_floats, const Work& work) {
  parallel_for(rows, std::max<std::int64_t>(1, kFloatsPerTask / row_floats), work);
}

/// Rows of a map after both axes were resampled.
class BilinearRows {
 public:
  BilinearRows(const Blocked& in, std::int64_t height, std::int64_t width, bool align_corners)
      : m_in(in),
        m_height(height),
        m_width(width),
        m_down(in.height, height, align_corners),
        m_across(in.width, width, align_corners) {}

  std::int64_t scratch_floats() const { return m_in.row_floats(); }

  /// @param index block * height + row
  void make(std::int64_t index, float* scratch, float* out) const {
    const auto y = static_cast<std::size_t>(index % m_height);
    const std::int64_t top = index / m_height * m_in.height;
    const float* row = m_in.row(top + m_down.low[y]);
    if (m_down.t[y] != 0) {
      rows::blend(row, m_in.row(top + m_down.high[y]), m_down.t[y], m_in.row_floats(), scratch);
      row = scratch;
    }
    loops::blend_pixels(row, m_across.from(0), m_in.block, m_width, out);
  }

 private:
  Blocked m_in;
  std::int64_t m_height;
  std::int64_t m_width;
  loops::Axis m_down;
  loops::Axis m_across;
};

float activated(float x, Activation activation) {
  switch (activation) {
    case Activation::Relu:
      return std::max(x, 0.0F);
    case Activation::Silu:
      return x / (1 + std::exp(-x));
    case Activation::Sigmoid:
      return 1 / (1 + std::exp(-x));
    default:
      return x;
  }
}

/// One row of a depthwise convolution.
void depthwise_row(const Blocked& in, const float* weight, const Geometry& g, std::int64_t block_index,
                   std::int64_t y, const Blocked& out, float* to) {
  for (std::int64_t ky = 0; ky < g.kernel[0]; ++ky) {
    const std::int64_t source = y - g.before[0] + ky * g.dilation[0];
    if (source < 0 || source >= in.height) continue;
    const float* from = in.row(block_index * in.height + source);
    for (std::int64_t kx = 0; kx < g.kernel[1]; ++kx) {
      const std::int64_t shift = kx * g.dilation[1] - g.before[1];
      const std::int64_t first = std::max<std::int64_t>(0, -shift);
      const std::int64_t last = std::min(out.width, in.width - shift);
      if (first >= last) continue;
      loops::add_product(from + (first + shift) * in.block, weight + (ky * g.kernel[1] + kx) * in.block,
                         in.block, last - first, to + first * in.block);
    }
  }
}

}  // namespace

void resize_bilinear(const Blocked& in, const Blocked& out, bool align_corners) {
  const BilinearRows rows(in, out.height, out.width, align_corners);
  for_rows(out.rows(), out.row_floats(), [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scratch(static_cast<std::size_t>(rows.scratch_floats()));
    for (std::int64_t i = first; i < last; ++i) rows.make(i, scratch.data(), out.row(i));
  });
}

void resize_bilinear_plain(const Blocked& in, std::int64_t channels, float* out, std::int64_t height,
                           std::int64_t width, bool align_corners) {
  const BilinearRows rows(in, height, width, align_corners);
  for_rows(in.blocks * height, width * in.block, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scratch(static_cast<std::size_t>(rows.scratch_floats()));
    std::vector<float> row(static_cast<std::size_t>(width * in.block));
    for (std::int64_t i = first; i < last; ++i) {
      rows.make(i, scratch.data(), row.data());
      const std::int64_t start = i / height * in.block;
      for (std::int64_t c = 0; c < std::min(in.block, channels - start); ++c) {
        float* to = out + ((start + c) * height + i % height) * width;
        for (std::int64_t x = 0; x < width; ++x) to[x] = row[static_cast<std::size_t>(x * in.block + c)];
      }
    }
  });
}

void resize_nearest(const Blocked& in, const Blocked& out) {
  const auto source = [](std::int64_t i, std::int64_t in_size, std::int64_t out_size) {
    const float scale = static_cast<float>(in_size) / static_cast<float>(out_size);
    return std::min(static_cast<std::int64_t>(static_cast<float>(i) * scale), in_size - 1);
  };
  for_rows(out.rows(), out.row_floats(), [&](std::int64_t first, std::int64_t last) {
    const auto pixel_bytes = static_cast<std::size_t>(in.block) * sizeof(float);
    for (std::int64_t i = first; i < last; ++i) {
      const float* row = in.row(i / out.height * in.height + source(i % out.height, in.height, out.height));
      float* to = out.row(i);
      for (std::int64_t x = 0; x < out.width; ++x)
        std::memcpy(to + x * in.block, row + source(x, in.width, out.width) * in.block, pixel_bytes);
    }
  });
}

std::int64_t global_pool_sums(const Blocked& in) {
  return in.blocks * ((in.height + kRowsPerSum - 1) / kRowsPerSum) * in.block;
}

void global_pool(const Blocked& in, float* out, float* sums) {
  const std::int64_t parts = (in.height + kRowsPerSum - 1) / kRowsPerSum;
  for_rows(in.blocks * parts, kRowsPerSum * in.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      float* sum = sums + i * in.block;
      std::fill_n(sum, in.block, 0.0F);
      const std::int64_t from = i % parts * kRowsPerSum;
      for (std::int64_t y = from; y < std::min(in.height, from + kRowsPerSum); ++y)
        loops::add_row(in.row(i / parts * in.height + y), in.block, in.width, sum);
    }
  });
  for (std::int64_t c = 0; c < in.blocks * in.block; ++c) {
    double sum = 0;
    for (std::int64_t part = 0; part < parts; ++part)
      sum += sums[(c / in.block * parts + part) * in.block + c % in.block];
    out[c] = static_cast<float>(sum / static_cast<double>(in.height * in.width));
  }
}

void multiply_by_channel(const Blocked& x, const float* factors, const Blocked& out) {
  for_rows(x.rows(), x.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      loops::multiply_channels(x.row(i), factors + i / x.height * x.block, x.block, x.width, out.row(i));
  });
}

void multiply_by_pixel(const Blocked& x, const Blocked& gate, const Blocked& out) {
  for_rows(x.rows(), x.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      loops::multiply_pixels(x.row(i), gate.row(i % x.height), x.block, x.width, out.row(i));
  });
}

void add(const Blocked& a, const Blocked& b, const Blocked& out) {
  for_rows(a.rows(), a.row_floats(), [&](std::int64_t first, std::int64_t last) {
    loops::add(a.row(first), b.row(first), (last - first) * a.row_floats(), out.row(first));
  });
}

void copy(const Blocked& in, const Blocked& out) {
  for_rows(in.rows(), in.row_floats(), [&](std::int64_t first, std::int64_t last) {
    std::copy(in.row(first), in.row(last), out.row(first));
  });
}

void activate(const Blocked& x, Activation activation) {
  for_rows(x.rows(), x.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (float* value = x.row(first); value < x.row(last); ++value) *value = activated(*value, activation);
  });
}

void depthwise(const Blocked& in, const float* weight, const float* bias, const Geometry& geometry,
               const Blocked& out) {
  const std::int64_t block_weights = geometry.kernel[0] * geometry.kernel[1] * in.block;
  for_rows(out.rows(), out.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t block = i / out.height;
      for (std::int64_t x = 0; x < out.width; ++x)
        std::copy_n(bias + block * in.block, in.block, out.row(i) + x * in.block);
      depthwise_row(in, weight + block * block_weights, geometry, block, i % out.height, out, out.row(i));
    }
  });
}

void scale_weights(const float* weight, const std::int32_t* channels, std::int64_t runs, std::int64_t run,
                   const float* factors, float* out) {
  for_rows(runs, run, [&](std::int64_t first, std::int64_t last) {
    loops::scale_runs(weight + first * run, channels + first, last - first, run, factors, out + first * run);
  });
}

void to_blocked(const float* in, std::int64_t channels, const Blocked& out) {
  for_rows(out.rows(), out.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t start = i / out.height * out.block;
      std::fill_n(out.row(i), out.row_floats(), 0.0F);
      for (std::int64_t c = 0; c < std::min(out.block, channels - start); ++c) {
        const float* from = in + ((start + c) * out.height + i % out.height) * out.width;
        for (std::int64_t x = 0; x < out.width; ++x) out.row(i)[x * out.block + c] = from[x];
      }
    }
  });
}

void to_plain(const Blocked& in, std::int64_t channels, float* out) {
  for_rows(in.rows(), in.row_floats(), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t start = i / in.height * in.block;
      for (std::int64_t c = 0; c < std::min(in.block, channels - start); ++c) {
        float* to = out + ((start + c) * in.height + i % in.height) * in.width;
        for (std::int64_t x = 0; x < in.width; ++x) to[x] = in.row(i)[x * in.block + c];
      }
    }
  });
}

}  // namespace orthocover::onednn
