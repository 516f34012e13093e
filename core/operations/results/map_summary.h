#pragma once

#include <optional>
#include <string>

#include "core/operations/results/area_summary.h"
#include "core/ports/geo_io.h"

namespace orthocover::operations {

/// Which map is to be summed up, and how.
struct SummaryRequest {
  std::string map;
  std::optional<std::string> zones;
  std::string zone_field;        ///< as in ZoneRequest
  std::string class_field;       ///< as in LabelRequest; polygons only
  std::optional<int> band;       ///< as in ClassRequest; rasters only
  std::optional<Legend> legend;  ///< names and order of the classes; nothing: those of the map
};

/// Measures each class of a map, raster or polygons, as a whole or within each zone. Zones without ground of
/// the map are warned of.
/// @throws Error{Usage} for a class field of a raster or a band of polygons, Error{Data} for a map or zones
/// that can't be used, Error{Cancelled}
AreaSummary summarise_map(const SummaryRequest& request, GeoIo& geo, RunContext& context);

}  // namespace orthocover::operations
