#pragma once

#include <cstdint>
#include <vector>

#include "core/ports/raster_source.h"
#include "core/training/augment/sample.h"

namespace orthocover {

/// How pixels of a scene become grey levels for augmentation.
struct GrayScale {
  bool bytes = true;  ///< the scene's values are bytes: they are rounded to such
  double factor = 1;  ///< brings other values to nominal 0..255
};

/// @param data_type GDAL's name, such as Byte, UInt16, Float32 (0..1)
GrayScale gray_scale_of(const std::string& data_type);

/// Pixels and labels of a patch as a sample. Labels of invalid pixels become kIgnoreLabel.
/// @param labels @shape [rows, cols]
AugmentSample sample_of(const PixelBlock& pixels, const std::vector<std::uint8_t>& labels,
                        const GrayScale& scale, std::vector<int> rgb);

/// The way back: values in the scene's unit.
/// @param pixels of the size that the sample was made from; `valid` stays
void take_pixels(const AugmentSample& sample, const GrayScale& scale, PixelBlock& pixels,
                 std::vector<std::uint8_t>& labels);

}  // namespace orthocover
