#include "core/training/augmentation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace orthocover {
namespace {

template <class T>
void apply_to_plane(T* plane, std::int64_t side, int symmetry) {
  if (symmetry & 1) {
    for (std::int64_t row = 0; row < side; ++row) std::reverse(plane + row * side, plane + (row + 1) * side);
  }
  if (symmetry & 2) {
    for (std::int64_t row = 0; row < side / 2; ++row) {
      std::swap_ranges(plane + row * side, plane + (row + 1) * side, plane + (side - 1 - row) * side);
    }
  }
  if (symmetry & 4) {
    for (std::int64_t row = 0; row < side; ++row) {
      for (std::int64_t col = 0; col < row; ++col)
        std::swap(plane[row * side + col], plane[col * side + row]);
    }
  }
}

/// value' = gain * value + offset, then a power, per band.
struct BandChange {
  double gain = 1;
  double offset = 0;

  void then(double more_gain, double more_offset) {
    gain *= more_gain;
    offset = offset * more_gain + more_offset;
  }
};

/// Powers of values in 0..1 by table: patches have millions of them.
class PowerTable {
 public:
  explicit PowerTable(double exponent) : m_table(kSize + 1) {
    for (std::size_t i = 0; i <= kSize; ++i) {
      m_table[i] = static_cast<float>(std::pow(static_cast<double>(i) / kSize, exponent));
    }
  }
  float operator()(float value) const {
    const float at = std::clamp(value, 0.0F, 1.0F) * kSize;
    const auto index = std::min(static_cast<std::size_t>(at), kSize - 1);
    return std::lerp(m_table[index], m_table[index + 1], at - static_cast<float>(index));
  }

 private:
  static constexpr std::size_t kSize = 1024;
  std::vector<float> m_table;
};

void smooth(float* plane, std::int64_t cols, std::int64_t rows, float centre) {
  const float side = (1 - centre) / 2;
  const auto along = [&](std::int64_t lines, std::int64_t length, std::int64_t line_step, std::int64_t step) {
    for (std::int64_t line = 0; line < lines; ++line) {
      float* at = plane + line * line_step;
      float before = at[0];
      for (std::int64_t i = 0; i < length; ++i) {
        const float here = at[i * step];
        const float after = i + 1 < length ? at[(i + 1) * step] : here;
        at[i * step] = centre * here + side * (before + after);
        before = here;
      }
    }
  };
  along(rows, cols, cols, 1);
  along(cols, rows, 1, cols);
}

std::vector<BandChange> draw_changes(const AugmentationOptions& options, const BandStatistics& own,
                                     const BandStatistics& other, Random& random) {
  std::vector<BandChange> changes(own.mean.size());
  if (random.chance(options.style)) {
    const double amount = random.uniform();
    for (std::size_t b = 0; b < changes.size(); ++b) {
      const double ratio = std::clamp(other.deviation[b] / std::max(own.deviation[b], 1e-3), 0.3, 3.0);
      const double gain = 1 + amount * (ratio - 1);
      changes[b].then(gain, (1 - amount) * own.mean[b] + amount * other.mean[b] - gain * own.mean[b]);
    }
  }
  const double contrast = 1 + random.uniform(-options.contrast, options.contrast);
  const double brightness = random.uniform(-options.brightness, options.brightness);
  const double haze = random.chance(options.haze) ? random.uniform(0, 0.35) : 0;
  for (std::size_t b = 0; b < changes.size(); ++b) {
    const double mean = changes[b].gain * own.mean[b] + changes[b].offset;
    changes[b].then(contrast, mean * (1 - contrast) + brightness);
    changes[b].then(1 + options.white_balance * random.normal(), 0);
    changes[b].then(1 - haze, 0.85 * haze);
  }
  return changes;
}

}  // namespace

void apply_symmetry(PixelBlock& pixels, std::vector<std::uint8_t>& labels, int symmetry) {
  for (int band = 0; band < pixels.bands; ++band) apply_to_plane(pixels.band(band), pixels.cols, symmetry);
  apply_to_plane(pixels.valid.data(), pixels.cols, symmetry);
  apply_to_plane(labels.data(), pixels.cols, symmetry);
}

void vary_colours(PixelBlock& pixels, const AugmentationOptions& options, const BandStatistics& own,
                  const BandStatistics& other, Random& random) {
  const std::vector<BandChange> changes = draw_changes(options, own, other, random);
  const PowerTable power(std::exp(random.uniform(-options.gamma, options.gamma)));
  const bool blurred = random.chance(options.blur);
  const auto centre = static_cast<float>(random.uniform(0.3, 0.8));
  const auto noise = static_cast<float>(options.noise * random.uniform() * random.uniform());
  // Noise needs neither independence nor a seed of its own per pixel: a cheap generator will do.
  std::uint32_t state = static_cast<std::uint32_t>(random.uniform() * 0x1p32) | 1U;
  for (int band = 0; band < pixels.bands; ++band) {
    const BandChange& change = changes[static_cast<std::size_t>(band)];
    const auto gain = static_cast<float>(change.gain);
    const auto offset = static_cast<float>(change.offset);
    float* plane = pixels.band(band);
    if (blurred) smooth(plane, pixels.cols, pixels.rows, centre);
    for (std::int64_t i = 0; i < pixels.cols * pixels.rows; ++i) {
      state = state * 1664525U + 1013904223U;
      const float unit = static_cast<float>(state >> 8) * 0x1p-24F - 0.5F;  // deviation 1 / sqrt(12)
      plane[i] = power(gain * plane[i] + offset) + noise * 3.4641F * unit;
    }
  }
}

}  // namespace orthocover
