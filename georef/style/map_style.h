#pragma once

#include <span>
#include <string>

#include "core/legend/legend.h"
#include "core/ports/class_source.h"

namespace orthocover {

/// QGIS style (QML) that shows a land-cover raster in the legend's colours and names.
/// @source QGIS 3.22 style files of the paletted renderer
std::string raster_style_qml(const Legend& legend);

/// QGIS style (QML) that shows land-cover polygons by their `class` field. Classes without a name are called
/// by their value, those without a colour get one that no other has.
std::string vector_style_qml(std::span<const ClassEntry> classes);

}  // namespace orthocover
