#pragma once

#include <cstdint>
#include <vector>

#include "core/base/run_context.h"
#include "core/ports/class_source.h"
#include "core/ports/feature_sink.h"
#include "core/ports/raster_source.h"
#include "core/vectorize/simplify_settings.h"

namespace orthocover::vectorize {

struct VectorizeSettings {
  bool eight_connected = false;  ///< pixels that touch at a corner belong together
  std::int64_t min_pixels = 0;   ///< smaller regions are merged into a neighbour, see RegionSieve
  bool drop_islands = false;     ///< smaller regions without a neighbour are left out
  int majority_px = 0;           ///< side of the square of a MajorityFilter before anything else; 0: none
  bool dissolve = false;         ///< one feature of many parts per class
  SimplifySettings simplify;     ///< its pixel size and tolerance
  std::vector<std::int64_t> right_angled;  ///< values whose outlines get right angles where they fit
  int threads = 0;                         ///< that trace and simplify; 0: one per core
  std::int64_t strip_rows =
      0;  ///< rows that are worked on at once; 0: chosen. The result does not depend on it.
};

/// What was made, and where the time went.
struct VectorizeReport {
  std::int64_t features = 0;
  std::int64_t merged_regions = 0;  ///< that were too small
  std::int64_t islands = 0;         ///< too small and without a neighbour; left out where that is wished
  std::int64_t vertices = 0;        ///< of all rings, the closing ones included
  double wall_seconds = 0;
  double sieve_seconds = 0;    ///< first pass for regions that are too small
  double read_seconds = 0;     ///< one thread at a time
  double trace_seconds = 0;    ///< all threads together
  double polygon_seconds = 0;  ///< simplifying and assembling, all threads together
  double merge_seconds = 0;    ///< joining strips
  double write_seconds = 0;    ///< in the sink, beside the rest
};

/// Turns a class raster into a coverage of polygons: every two neighbours have the same vertices along their
/// common border, nothing overlaps and nothing is left out. Works strip by strip in memory that does not
/// depend on the raster's area, but for `min_pixels`, which wants some for every region (see RegionSieve),
/// and `dissolve`, which holds all polygons; the result depends neither on strips nor threads.
/// @param confidence on the same grid, its first band is averaged over each feature; may be null
/// @throws Error{Data, Resource, Cancelled} of the source, the sink and the context
VectorizeReport vectorize(const ClassSource& raster, const RasterSource* confidence,
                          const VectorizeSettings& wanted, FeatureSink& sink, RunContext& context);

/// @throws Error{Data} when a map has more columns or rows than polygons can be made of
void check_size(const RasterInfo& map);

/// Rows of a strip for a raster of this width.
std::int64_t chosen_strip_rows(const RasterInfo& info);

}  // namespace orthocover::vectorize
