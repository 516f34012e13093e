#include "core/metrics/calibration.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {

void Calibration::add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted,
                      std::span<const std::uint8_t> confidence) {
  if (truth.size() != predicted.size() || truth.size() != confidence.size())
    throw internal_error("calibration: truth, prediction and confidence differ in size");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == kIgnoreLabel) continue;
    if (confidence[i] >= m_counts.size()) {
      ++m_without;
      continue;
    }
    Counts& counts = m_counts[confidence[i]];
    ++counts.pixels;
    counts.right += truth[i] == predicted[i] ? 1 : 0;
  }
}

std::vector<Calibration::Bin> Calibration::bins() const {
  std::vector<Bin> bins(kBins);
  for (std::size_t percent = 0; percent < m_counts.size(); ++percent) {
    const auto index = std::min<std::size_t>(kBins - 1, percent * kBins / 100);
    const auto pixels = static_cast<double>(m_counts[percent].pixels);
    bins[index].pixels += m_counts[percent].pixels;
    bins[index].mean_confidence += pixels * static_cast<double>(percent) / 100;
    bins[index].accuracy += static_cast<double>(m_counts[percent].right);
  }
  for (Bin& bin : bins) {
    if (bin.pixels == 0) continue;
    bin.mean_confidence /= static_cast<double>(bin.pixels);
    bin.accuracy /= static_cast<double>(bin.pixels);
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
  std::uint64_t pixels = 0;
  for (const Counts& counts : m_counts) pixels += counts.pixels;
  if (pixels + m_without == 0) return std::nullopt;
  return static_cast<double>(pixels) / static_cast<double>(pixels + m_without);
}

}  // namespace orthocover
