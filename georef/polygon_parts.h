#pragma once

#include <ogr_geometry.h>

#include <memory>

#include "core/ports/feature_sink.h"

namespace orthocover {

/// The polygons of a geometry without curves, as the engine's own; points and lines in it are left out.
RasterPolygon polygon_of(const OGRGeometry& geometry);

/// The same for GDAL.
std::unique_ptr<OGRMultiPolygon> geometry_of(const RasterPolygon& polygon);

}  // namespace orthocover
