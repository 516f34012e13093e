#pragma once

#include <cstdint>
#include <vector>

#include "core/base/random.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// Mean and deviation of each band of one scene, in pixel values.
struct BandStatistics {
  std::vector<double> mean;
  std::vector<double> deviation;
};

/// How patches are varied in training. Strengths are for values between 0 and 1 after scaling.
struct AugmentationOptions {
  bool mirror = true;           ///< the eight symmetries of the square
  double style = 0.4;           ///< chance that the colours are moved towards another scene's
  double brightness = 0.15;     ///< largest shift
  double contrast = 0.3;        ///< largest relative change
  double gamma = 0.3;           ///< largest change of the exponent's logarithm
  double white_balance = 0.08;  ///< deviation of each band's gain
  double haze = 0.15;           ///< chance of a light veil
  double blur = 0.15;           ///< chance of a 3 x 3 smoothing
  double noise = 0.02;          ///< largest deviation of added noise
};

/// Turns and mirrors a square patch with its labels.
/// @param labels @shape [rows, cols]
/// @param symmetry 0..7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 rows and columns
void apply_symmetry(PixelBlock& pixels, std::vector<std::uint8_t>& labels, int symmetry);

/// Varies the colours of a patch whose values lie in 0..1.
/// @param own, other statistics of the patch's scene and of one whose style it may take, in the same unit
void vary_colours(PixelBlock& pixels, const AugmentationOptions& options, const BandStatistics& own,
                  const BandStatistics& other, Random& random);

}  // namespace orthocover
