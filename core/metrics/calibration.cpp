#include "core/metrics/calibration.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {

void Calibration::add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted,
                      std::span<const std::uint8_t> confidence, double pixel_share) {
  if (truth.size() != predicted.size() || truth.size() != confidence.size())
    throw internal_error("calibration: truth, prediction and confidence differ in size");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == kIgnoreLabel) continue;
    if (confidence[i] >= m_counts.size()) {
      m_without += pixel_share;
      continue;
    }
    Counts& counts = m_counts[confidence[i]];
    counts.pixels += pixel_share;
    counts.right += truth[i] == predicted[i] ? pixel_share : 0;
  }
}

std::vector<Calibration::Bin> Calibration::bins() const {
  std::vector<Bin> bins(kBins);
  std::vector<double> pixels(kBins);
  for (std::size_t percent = 0; percent < m_counts.size(); ++percent) {
    const auto index = std::min<std::size_t>(kBins - 1, percent * kBins / 100);
    pixels[index] += m_counts[percent].pixels;
    bins[index].mean_confidence += m_counts[percent].pixels * static_cast<double>(percent) / 100;
    bins[index].accuracy += m_counts[percent].right;
  }
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (pixels[i] == 0) continue;
    bins[i].pixels = static_cast<std::uint64_t>(std::llround(pixels[i]));
    bins[i].mean_confidence /= pixels[i];
    bins[i].accuracy /= pixels[i];
  }
  return bins;
}

std::optional<double> Calibration::expected_error() const {
  double sum = 0;
  double pixels = 0;
  for (const Bin& bin : bins()) {
    sum += static_cast<double>(bin.pixels) * std::abs(bin.mean_confidence - bin.accuracy);
    pixels += static_cast<double>(bin.pixels);
  }
  if (pixels == 0) return std::nullopt;
  return sum / pixels;
}

std::optional<double> Calibration::coverage() const {
  double pixels = 0;
  for (const Counts& counts : m_counts) pixels += counts.pixels;
  if (pixels + m_without == 0) return std::nullopt;
  return pixels / (pixels + m_without);
}

}  // namespace orthocover
