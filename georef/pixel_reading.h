#pragma once

#include <gdal_priv.h>

#include <string>

#include "core/geometry/window.h"

namespace orthocover {

/// Reads a window of a band without resampling.
/// @param path names the file in messages
/// @param pixels room for window.pixels() of `type`
/// @throws UnreadablePixels when a block can't be read or decoded
void read_pixels(GDALRasterBand& band, const Window& window, GDALDataType type, void* pixels,
                 const std::string& path);

}  // namespace orthocover
