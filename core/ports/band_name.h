#pragma once

#include <string>
#include <string_view>

#include "core/ports/raster_source.h"

namespace orthocover {

/// Whether a name, in small letters, is that of a colour that bands of models have.
bool is_band_colour(std::string_view name);

/// What a band shows, in small letters: its description where that is a colour, since formats make up colours
/// of their own, else its colour, else its description; `undefined` where nothing tells.
std::string band_name(const BandInfo& band);

}  // namespace orthocover
