#include "core/base/rows.h"

#include <algorithm>

#include "core/base/instruction_sets.h"

namespace orthocover::rows {

ORTHOCOVER_CLONES void blend(const float* __restrict a, const float* __restrict b, float t, std::int64_t n,
                             float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a[i] + (b[i] - a[i]) * t;
}

ORTHOCOVER_CLONES void blend_at(const float* __restrict from, const std::int32_t* __restrict low,
                                const std::int32_t* __restrict high, const float* __restrict t,
                                std::int64_t n, float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float left = from[low[i]];
    out[i] = left + (from[high[i]] - left) * t[i];
  }
}

ORTHOCOVER_CLONES void add(const float* __restrict from, float weight, std::int64_t n,
                           float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] += weight * from[i];
}

ORTHOCOVER_CLONES void add(const std::uint8_t* __restrict from, float weight, std::int64_t n,
                           float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] += weight * static_cast<float>(from[i]);
}

ORTHOCOVER_CLONES void add_product(const float* __restrict from, const float* __restrict weights,
                                   float weight, std::int64_t n, float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] += weight * weights[i] * from[i];
}

ORTHOCOVER_CLONES void add_product(const std::uint8_t* __restrict from, const float* __restrict weights,
                                   float weight, std::int64_t n, float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] += weight * weights[i] * static_cast<float>(from[i]);
}

ORTHOCOVER_CLONES void divide(const float* __restrict sums, const float* __restrict weights, std::int64_t n,
                              float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = weights[i] > 0 ? sums[i] / weights[i] : 0.0F;
}

ORTHOCOVER_CLONES void raise(const float* __restrict values, std::int32_t index, std::int64_t n,
                             float* __restrict best, std::int32_t* __restrict best_index) {
  for (std::int64_t i = 0; i < n; ++i) {
    const bool stays = best[i] != best[i] || values[i] <= best[i];
    best_index[i] = stays ? best_index[i] : index;
    best[i] = stays ? best[i] : values[i];
  }
}

ORTHOCOVER_CLONES void scale(const float* from, std::int64_t n, float factor, float shift, float* out) {
  ORTHOCOVER_INDEPENDENT_STEPS
  for (std::int64_t i = 0; i < n; ++i) out[i] = from[i] * factor + shift;
}

ORTHOCOVER_CLONES void stretch(const float* from, std::int64_t n, const Stretch& by, float* out) {
  const Stretch s = by;
  ORTHOCOVER_INDEPENDENT_STEPS
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = std::min(std::max(from[i] * s.gain + s.offset, 0.0F), s.limit) * s.factor + s.shift;
}

ORTHOCOVER_CLONES void stretch(const std::uint8_t* __restrict from, std::int64_t n, const Stretch& by,
                               float* __restrict out) {
  const Stretch s = by;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto value = static_cast<float>(from[i]);
    out[i] = std::min(std::max(value * s.gain + s.offset, 0.0F), s.limit) * s.factor + s.shift;
  }
}

ORTHOCOVER_CLONES void widen(const std::uint8_t* __restrict from, std::int64_t n, float* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(from[i]);
}

ORTHOCOVER_CLONES void narrow(const float* __restrict from, std::int64_t n, std::uint8_t* __restrict out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(from[i]));
}

ORTHOCOVER_CLONES void mask(const std::uint8_t* __restrict mask, std::int64_t n,
                            std::uint8_t* __restrict valid) {
  for (std::int64_t i = 0; i < n; ++i) valid[i] = mask[i] != 0 ? valid[i] : std::uint8_t{0};
}

}  // namespace orthocover::rows
