#pragma once

#include <cstdint>
#include <vector>

/// Loops over rows of numbers, compiled for several instruction sets where the compiler can choose among them
/// at run time.
namespace orthocover::onednn::loops {

/// One axis of a bilinear resampling: out pixel i lies between pixels low[i] and high[i], at share t[i].
struct Between {
  const std::int32_t* low;
  const std::int32_t* high;
  const float* t;
};

/// The same with LibTorch's arithmetic (upsample_bilinear2d).
struct Axis {
  std::vector<std::int32_t> low, high;
  std::vector<float> t;

  Axis(std::int64_t in, std::int64_t out, bool align_corners);
  Between from(std::int64_t first) const {
    return {low.data() + first, high.data() + first, t.data() + first};
  }
};

void blend_pixels(const float* row, const Between& between, std::int64_t block, std::int64_t pixels,
                  float* out);

void multiply_channels(const float* x, const float* factors, std::int64_t block, std::int64_t pixels,
                       float* out);
/// gate: the first of every `block` numbers
void multiply_pixels(const float* x, const float* gate, std::int64_t block, std::int64_t pixels, float* out);
void add(const float* a, const float* b, std::int64_t n, float* out);
void add_product(const float* x, const float* factors, std::int64_t block, std::int64_t pixels, float* out);
/// sums[c] += the sum over the row's pixels
void add_row(const float* x, std::int64_t block, std::int64_t pixels, float* sums);
void scale_runs(const float* x, const std::int32_t* channels, std::int64_t runs, std::int64_t run,
                const float* factors, float* out);

}  // namespace orthocover::onednn::loops
