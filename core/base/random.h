#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace orthocover {

/// Random numbers that are the same on every platform: standard distributions may differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : m_engine(mixed(seed)) {}
  /// Independent numbers for item `index` of the stream `seed`.
  Random(std::uint64_t seed, std::uint64_t index) : m_engine(mixed(mixed(seed) ^ index)) {}

  /// In [0, 1).
  double uniform() { return static_cast<double>(m_engine() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Even on the logarithm's scale, both limits above 0.
  double log_uniform(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }
  /// In 0 .. count - 1.
  std::size_t index(std::size_t count) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(count));
  }
  /// An index by weights, of which it is given the sums up to each; none of no weight.
  std::size_t weighted(const std::vector<double>& sums) {
    // Rounding must not reach the end.
    const double value = std::min(uniform() * sums.back(), std::nextafter(sums.back(), 0.0));
    return static_cast<std::size_t>(std::ranges::upper_bound(sums, value) - sums.begin());
  }
  /// A whole random number, as the seed of another generator.
  std::uint64_t whole() { return m_engine(); }
  bool chance(double probability) { return uniform() < probability; }
  /// Mean 0, deviation 1.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }

 private:
  /// @source SplitMix64's output function
  static std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }

  std::mt19937_64 m_engine;
};

}  // namespace orthocover
