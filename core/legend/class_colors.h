#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/legend/legend.h"

namespace orthocover {

/// Colour number `index` of an endless row in which neighbours differ: golden-angle steps of hue.
Color numbered_color(int index);

/// The colour that maps usually give to ground of this name (water blue, trees green ...); nothing for a name
/// that says nothing. Knows English, French, German and Spanish words.
std::optional<Color> usual_color(std::string_view class_name);

/// A colour for every class, no two the same: the usual one where it is known and free, else a numbered one.
std::vector<Color> distinct_colors(const std::vector<std::string>& class_names);

}  // namespace orthocover
