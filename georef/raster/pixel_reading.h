#pragma once

#include <gdal_priv.h>

#include <optional>
#include <string>

#include "core/geometry/window.h"

namespace orthocover {

/// Reads a window of a band without resampling.
/// @param path names the file in messages
/// @param pixels room for window.pixels() of `type`
/// @throws UnreadablePixels when a block can't be read or decoded
void read_pixels(GDALRasterBand& band, const Window& window, GDALDataType type, void* pixels,
                 const std::string& path);

/// What numbers a band holds.
struct BandValues {
  float lowest = 0;
  float middle = 0;
  float highest = 0;

  /// Whether a number lies farther from them than they do from each other: it stands for something else.
  bool is_far(double number) const {
    const double span = double{highest} - double{lowest};
    return number < lowest - span || number > highest + span;
  }
};

/// Values of a band without its nodata and what is no number, in windows spread over it; blocks that can't be
/// read are left out.
/// @param path names the file in messages
/// @return nothing where all windows are without
std::optional<BandValues> sample_values(GDALRasterBand& band, const std::string& path);

}  // namespace orthocover
