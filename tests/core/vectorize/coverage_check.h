#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/feature_sink.h"
#include "tests/core/vectorize/small_map.h"

namespace orthocover::test {

/// Sorted pairs of class and area in pixels, one per feature.
using ClassesAndAreas = std::vector<std::pair<std::int64_t, double>>;

ClassesAndAreas classes_and_areas(const std::vector<RasterPolygon>& polygons);
/// The same from GDALPolygonize, which knows nothing of our code.
ClassesAndAreas polygonized_by_gdal(const SmallMap& map, bool eight);

std::map<std::int64_t, double> area_per_class(const std::vector<RasterPolygon>& polygons);
std::size_t vertex_count(const std::vector<RasterPolygon>& polygons);
bool equal(const std::vector<RasterPolygon>& a, const std::vector<RasterPolygon>& b);

/// What GEOS has to object to polygons as a coverage: invalid ones, overlaps, gaps; empty when nothing.
std::string coverage_fault(const std::vector<RasterPolygon>& polygons);
/// Also: what `exact` covers is covered, but for a changed outer border, with the same number of holes.
std::string coverage_fault(const std::vector<RasterPolygon>& polygons,
                           const std::vector<RasterPolygon>& exact);

/// How far a vertex of `exact` is at most from the boundaries of `polygons`.
double largest_distance(const std::vector<RasterPolygon>& exact, const std::vector<RasterPolygon>& polygons);

/// A feature below `pixels` that has an edge in common with another; empty when there is none.
std::string small_with_neighbour(const std::vector<RasterPolygon>& polygons, double pixels);

std::string text_of(const SmallMap& map);

}  // namespace orthocover::test
