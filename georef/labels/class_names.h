#pragma once

#include <gdal_priv.h>

#include <vector>

#include "core/ports/class_source.h"

namespace orthocover {

/// Names and colours of a band's values, ordered by value: from its raster attribute table (ArcGIS's beside
/// it, too), its category names and its colour table, in this order of precedence. Black entries of a colour
/// table without a name are filling and left out.
std::vector<ClassEntry> read_class_names(GDALRasterBand& band);

}  // namespace orthocover
