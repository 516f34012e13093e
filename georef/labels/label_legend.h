#pragma once

#include <optional>
#include <string>

#include "core/ports/label_request.h"
#include "georef/labels/class_field.h"
#include "georef/style/qgis_style.h"

namespace orthocover {

/// Classes of a polygon layer: those of its class field, sorted; names from the style's labels or from a
/// field that names each value; colours from the style that QGIS saved with the layer, else usual ones.
/// @param class_field see find_class_field()
/// @param where OGR SQL filter, may be empty
/// @throws Error{Data} for an empty layer, no field of classes, more classes than a legend has, or a filter
/// that nothing passes
LabelLegend read_polygon_legend(const std::string& path, const std::string& class_field,
                                const std::string& where = "");

/// Names of the numbers in a field of classes, as read_polygon_legend() finds them; empty where it finds
/// none.
NumberNames number_names(OGRLayer& layer, int field, const std::optional<CategorizedStyle>& style,
                         std::size_t most = kLegendClasses);

/// Classes of a label raster that has category names, with the colours of its palette; nothing without names.
std::optional<LabelLegend> read_raster_legend(const std::string& path);

}  // namespace orthocover
