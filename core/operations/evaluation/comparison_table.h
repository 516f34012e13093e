#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/map_evaluation.h"

namespace orthocover::operations {

/// One contender of a comparison.
struct ComparisonRow {
  std::string model;
  std::vector<int> levels;
  ConfusionMatrix matrix;               ///< of Comparison::legend and a class for all others
  std::vector<ConfusionMatrix> scenes;  ///< in the order of Comparison::scenes
  std::vector<std::pair<std::string, ConfusionMatrix>> regions;
  std::optional<BootstrapInterval> mean_iou;    ///< over the regions, where there are enough
  std::optional<BootstrapInterval> difference;  ///< to the first row, on the same regions
  std::int64_t parameters = 0;
  std::uint64_t multiply_adds = 0;  ///< of one patch
  std::int64_t patches = 0;
  double seconds = 0;
  std::uint64_t memory_bytes = 0;  ///< as planned before the run
  bool regions_hold_all = true;    ///< MapEvaluation::regions_hold_all of each scene

  /// `model 1,2,4`.
  std::string name() const;
};

/// Contenders judged on the same ground.
struct Comparison {
  std::vector<std::string> scenes;
  std::vector<std::string> labels;  ///< files that the maps are judged by
  Legend legend;
  bool held_out_only = false;  ///< judged is what models had held out
  std::vector<ComparisonRow> rows;
};

/// Fills in the intervals of every row.
void add_intervals(Comparison& comparison, int rounds, std::uint64_t seed);

nlohmann::ordered_json comparison_json(const Comparison& comparison);
std::string comparison_csv(const Comparison& comparison);
std::string comparison_markdown(const Comparison& comparison);
std::string comparison_html(const Comparison& comparison);

}  // namespace orthocover::operations
