#pragma once

#include <memory>

#include "core/ports/geo_io.h"

namespace orthocover {

/// Geospatial files through GDAL. Registers GDAL's drivers; may be called more than once.
std::unique_ptr<GeoIo> make_gdal_geo_io();

}  // namespace orthocover
