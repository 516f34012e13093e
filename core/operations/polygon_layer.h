#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "core/operations/polygon_options.h"
#include "core/ports/geo_io.h"
#include "core/vectorize/vectorizer.h"

namespace orthocover::operations {

/// Checks what can be checked of the options without a map.
/// @throws Error{Usage}
void check_polygon_options(const PolygonOptions& options);

/// A finished layer under its temporary name, with what is worth recording.
struct PolygonLayer {
  std::unique_ptr<FeatureSink> sink;
  vectorize::VectorizeReport report;
};

/// Makes the polygons of a map and completes their layer; commit() of the sink shows it.
/// @param confidence may be null
/// @param spec path, format and classes; the rest comes from the options
/// @throws Error
PolygonLayer make_polygon_layer(GeoIo& geo, const ClassSource& map, const RasterSource* confidence,
                                const PolygonOptions& options, VectorSpec spec, int threads,
                                RunContext& context);

/// Numbers and times of a layer for run records.
nlohmann::json record_of(const vectorize::VectorizeReport& report);

}  // namespace orthocover::operations
