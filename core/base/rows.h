#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

/// Loops over rows of numbers, compiled for several instruction sets.
namespace orthocover::rows {

/// Bytes that are looked at together.
constexpr std::int64_t kRun = 8;

/// Whether the numbers of kBytes bytes all have the value.
template <std::int64_t kBytes = kRun, std::unsigned_integral Number>
bool run_is(const Number* run, std::type_identity_t<Number> value) {
  constexpr std::uint64_t kEach = ~std::uint64_t{0} / std::numeric_limits<Number>::max();
  std::uint64_t differ = 0;
  static_assert(kBytes % sizeof(differ) == 0);
  for (std::size_t at = 0; at < kBytes / sizeof(Number); at += sizeof(differ) / sizeof(Number)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, run + at, sizeof(bytes));
    differ |= bytes ^ kEach * value;
  }
  return differ == 0;
}

/// How many numbers at the beginning have the value of the first one.
/// @param count of the numbers, at least 1
template <std::unsigned_integral Number>
std::int64_t run_length(const Number* numbers, std::int64_t count) {
  constexpr std::int64_t kShort = kRun / sizeof(Number);
  constexpr std::int64_t kLong = 4 * kShort;
  std::int64_t end = 1;
  while (end + kLong <= count && run_is<4 * kRun>(numbers + end, *numbers)) end += kLong;
  while (end + kShort <= count && run_is(numbers + end, *numbers)) end += kShort;
  while (end < count && numbers[end] == *numbers) ++end;
  return end;
}

/// out = a + (b - a) * t
void blend(const float* a, const float* b, float t, std::int64_t n, float* out);

/// out[i] = from[low[i]] + (from[high[i]] - from[low[i]]) * t[i]
void blend_at(const float* from, const std::int32_t* low, const std::int32_t* high, const float* t,
              std::int64_t n, float* out);

/// out += weight * from
void add(const float* from, float weight, std::int64_t n, float* out);
void add(const std::uint8_t* from, float weight, std::int64_t n, float* out);

/// out += weight * weights * from
void add_product(const float* from, const float* weights, float weight, std::int64_t n, float* out);
void add_product(const std::uint8_t* from, const float* weights, float weight, std::int64_t n, float* out);

/// out = sums / weights, 0 where a weight isn't above 0
void divide(const float* sums, const float* weights, std::int64_t n, float* out);

/// Where a value is greater than the best one so far, it takes its place, and `index` that of `best_index`. A
/// value that is no number takes the place of any number, and stays.
void raise(const float* values, std::int32_t index, std::int64_t n, float* best, std::int32_t* best_index);

/// out = from * factor + shift; in place where both are the same
void scale(const float* from, std::int64_t n, float factor, float shift, float* out);

/// out = clamp(from * gain + offset, 0, limit) * factor + shift; in place where both are the same
struct Stretch {
  float gain = 1;
  float offset = 0;
  float limit = 1;
  float factor = 1;
  float shift = 0;
};
void stretch(const float* from, std::int64_t n, const Stretch& by, float* out);
void stretch(const std::uint8_t* from, std::int64_t n, const Stretch& by, float* out);

void widen(const std::uint8_t* from, std::int64_t n, float* out);
/// @param from whole numbers of 0 to 255
void narrow(const float* from, std::int64_t n, std::uint8_t* out);

/// valid = 0 where the mask is
void mask(const std::uint8_t* mask, std::int64_t n, std::uint8_t* valid);

}  // namespace orthocover::rows
