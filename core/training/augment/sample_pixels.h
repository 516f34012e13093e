#pragma once

#include <cstdint>
#include <vector>

#include "core/ports/raster_source.h"
#include "core/training/augment/sample.h"

namespace orthocover {

/// How pixels of a scene become grey levels for augmentation: (value - low) * factor, about 0..255.
struct GrayScale {
  bool bytes = true;           ///< the scene's values are bytes: they stay and are rounded to such
  std::vector<double> low;     ///< of each band
  std::vector<double> factor;  ///< of each band
};

/// Of other types than Byte the range of values is not known, so three deviations around the mean count as
/// the full one, and what is beyond them as far as `lowest` and `highest`, ten at most: faulty
/// values beyond would leave little contrast to all others.
/// @param data_type GDAL's name, such as Byte, UInt16, Float32
/// @param mean, deviation of each band, in the scene's values
/// @param lowest, highest value of each band but for outliers; empty: not known
GrayScale gray_scale_of(const std::string& data_type, const std::vector<double>& mean,
                        const std::vector<double>& deviation, const std::vector<double>& lowest = {},
                        const std::vector<double>& highest = {});

/// Pixels and labels of a patch as a sample. Labels of invalid pixels become kIgnoreLabel.
/// @param labels @shape [rows, cols]
AugmentSample sample_of(const PixelBlock& pixels, const std::vector<std::uint8_t>& labels,
                        const GrayScale& scale, std::vector<int> rgb);

}  // namespace orthocover
