#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace orthocover::augment {

/// Random numbers for every pixel: a nanosecond each, the same on every platform.
/// @source SplitMix64
class NoiseSource {
 public:
  explicit NoiseSource(std::uint64_t seed) : m_state(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = m_state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24F; }

 private:
  std::uint64_t m_state;
};

/// A distribution as 4096 equally likely values.
class QuantileTable {
 public:
  static constexpr std::size_t kSize = 4096;

  /// Mean 0, deviation 1, at most 3.7 from the mean.
  static const QuantileTable& normal();
  /// @param mean 0..1000
  static QuantileTable poisson(double mean);

  float draw(NoiseSource& noise) const { return m_values[noise.bits() >> 52]; }

 private:
  QuantileTable() = default;
  std::array<float, kSize> m_values{};
};

}  // namespace orthocover::augment
