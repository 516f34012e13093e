#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/metrics/area_sums.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/boundary_score.h"
#include "core/metrics/calibration.h"
#include "core/metrics/confusion_matrix.h"
#include "core/ports/label_source.h"
#include "core/ports/map_source.h"

namespace orthocover {

/// What one or more maps come to against references.
struct MapEvaluation {
  ConfusionMatrix matrix;
  BoundaryScore boundary;
  Calibration calibration;
  bool has_confidence = false;
  std::vector<std::pair<std::string, ConfusionMatrix>> regions;  ///< those with labels, for intervals
  bool regions_hold_all = true;  ///< each pixel that is judged lies in one region
  std::uint64_t unmapped = 0;    ///< labelled pixels where the map has no class; they count as wrong nowhere

  explicit MapEvaluation(int classes) : matrix(classes), boundary(classes) {}
};

/// Compares a map with the labels of its ground, block by block; each map pixel counts once.
/// @param labels on the map's grid, class indices of `legend`
/// @param confidence percent, on the map's grid; may be null
/// @param name of the map, in front of its regions' names
/// @param pixel_share what a pixel counts among those of other maps
/// @throws Error{Data} for a map value that the legend lacks, or no labelled pixel on the map;
/// Error{Cancelled}
void evaluate_map(const MapSource& map, const LabelSource& labels, const RasterSource* confidence,
                  const Legend& legend, const std::string& name, MapEvaluation& evaluation,
                  RunContext& context, double pixel_share = 1);

/// Pixels of each value of a map. Warns of values that the legend lacks.
/// @param ground gets that of each value; may be null
/// @throws Error{Cancelled}
std::vector<std::uint64_t> count_values(const MapSource& map, const Legend& legend, RunContext& context,
                                        AreaSums* ground = nullptr);

}  // namespace orthocover
