#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "core/operation/operation.h"
#include "core/operations/batch/resume_check.h"
#include "core/operations/results/polygon_options.h"
#include "core/ports/class_source.h"
#include "core/ports/geo_io.h"
#include "core/vectorize/vectorizer.h"

namespace orthocover::operations {

/// Checks what can be checked of the options without a map.
/// @throws Error{Usage}
void check_polygon_options(const PolygonOptions& options);

/// A map, or several on one grid as one.
/// @param own_names whether classes get names of the caller's, so that those of the maps may differ
/// @throws Error{Data} also when they do not fit together
std::unique_ptr<ClassSource> open_sheets(GeoIo& geo, const std::vector<std::string>& paths,
                                         std::optional<int> band, const std::vector<std::int64_t>& exclude,
                                         bool own_names = false);

/// Creates the layer for the polygons of a map, under a temporary name.
/// @param spec path, format and classes; the rest comes from the options
/// @throws Error
std::unique_ptr<FeatureSink> start_polygon_layer(GeoIo& geo, const ClassSource& map,
                                                 const PolygonOptions& options, VectorSpec spec);

/// Makes the polygons of a map and completes their layer; commit() of the sink shows it.
/// @param classes of the layer
/// @param confidence may be null
/// @throws Error
vectorize::VectorizeReport fill_polygon_layer(FeatureSink& sink, const ClassSource& map,
                                              const std::vector<ClassEntry>& classes,
                                              const RasterSource* confidence, const PolygonOptions& options,
                                              int threads, RunContext& context);

/// Shows a finished layer between two run records, so that a later run knows the file for its own even if
/// this one is killed in between.
/// @param facts for the record; gets `resume`
/// @throws Error{Resource}
void commit_layer(FeatureSink& layer, const std::string& path, const RunPrint& print, nlohmann::json& facts,
                  const OperationContext& context);

/// Numbers and times of a layer for run records.
nlohmann::json record_of(const vectorize::VectorizeReport& report);

}  // namespace orthocover::operations
