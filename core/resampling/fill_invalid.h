#pragma once

#include "core/ports/raster_source.h"

namespace orthocover {

/// Gives invalid pixels the value of their mirror image at the nearest valid pixel, so that the network sees
/// the valid side continued instead of an edge; where the mirror image is invalid too, the nearest valid
/// pixel itself is taken. The validity is left as it is; nothing happens when no pixel is valid.
/// Of floats and of bytes.
template <class Value>
void fill_invalid(PixelBlockOf<Value>& block);

}  // namespace orthocover
