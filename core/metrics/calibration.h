#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace orthocover {

/// Whether a map's confidence means what it says: of the pixels with confidence 80 %, 80 % should be right.
class Calibration {
 public:
  static constexpr int kBins = 15;

  /// Counts pixels; those whose truth is kIgnoreLabel are left out, those whose confidence is above 100 have
  /// none: see coverage().
  /// @param confidence percent
  /// @param pixel_share what a pixel counts among those of other maps
  void add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted,
           std::span<const std::uint8_t> confidence, double pixel_share = 1);

  /// Pixels of one bin of confidence.
  struct Bin {
    std::uint64_t pixels = 0;    ///< rounded
    double mean_confidence = 0;  ///< 0..1
    double accuracy = 0;         ///< 0..1
  };
  std::vector<Bin> bins() const;

  /// Expected calibration error: mean distance of confidence and accuracy over the bins, weighted by pixels;
  /// nothing without pixels.
  /// @source Guo et al. 2017 (arXiv 1706.04599), 15 bins of equal width
  std::optional<double> expected_error() const;

  /// Share of the pixels with a truth that have a confidence; nothing without pixels.
  std::optional<double> coverage() const;

 private:
  struct Counts {
    double pixels = 0;
    double right = 0;
  };
  std::array<Counts, 101> m_counts{};  ///< by percent
  double m_without = 0;                ///< pixels without confidence
};

}  // namespace orthocover
