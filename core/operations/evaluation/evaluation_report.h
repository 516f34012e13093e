#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/metrics/area_estimate.h"
#include "core/metrics/map_evaluation.h"

namespace orthocover::operations {

/// What points that somebody looked up say about maps.
struct PointEvaluation {
  ConfusionMatrix matrix;             ///< reference against map
  std::vector<double> mapped;         ///< by class, of all maps: square metres or pixels
  bool has_ground = true;             ///< areas are square metres
  std::vector<Stratum> strata;        ///< a class of a map each, one map after the other
  std::uint64_t unanswered = 0;       ///< points without a class yet
  std::uint64_t unmapped = 0;         ///< points of a class where the map has none
  std::uint64_t off_map = 0;          ///< points that are not on their map
  std::optional<AreaEstimate> areas;  ///< nothing where all classes have too few points
  std::vector<std::string> left_out;  ///< strata with too few points, in words

  explicit PointEvaluation(int classes) : matrix(classes), mapped(static_cast<std::size_t>(classes)) {}
  /// Of areas: m2 or px.
  const char* unit() const { return has_ground ? "m2" : "px"; }
};

/// What points say about a class, as far as they say something.
struct ClassEstimates {
  std::optional<Estimate> area;
  std::optional<Estimate> users_accuracy;
  std::optional<Estimate> producers_accuracy;

  ClassEstimates(const AreaEstimate& areas, std::size_t c) {
    const bool sampled = areas.sampled[c] > 0;
    const bool found = areas.area[c].value > 0;
    if (sampled) users_accuracy = areas.users_accuracy[c];
    if (areas.misses_own[c]) return;
    if (sampled || found) area = areas.area[c];
    if (found) producers_accuracy = areas.producers_accuracy[c];
  }
};

/// A picture of a map for the report.
struct ReportPicture {
  std::vector<std::uint8_t> png;
  std::string caption;
};

/// Everything that evaluate found.
struct EvaluationReport {
  std::vector<std::string> maps;
  std::vector<std::string> references;
  Legend legend;
  double tolerance_m = 0;
  bool held_out_only = false;           ///< labels on what the model had held out
  std::optional<MapEvaluation> labels;  ///< polygons and rasters
  std::optional<PointEvaluation> points;
  std::optional<BootstrapInterval> mean_iou_interval;  ///< over the labelled regions
  std::string interval_note;                           ///< what to know of it, or why there is none
  std::vector<ReportPicture> pictures;
};

/// Adds the interval over the labelled regions, or why they have none, as where labels lie outside of them.
void add_mean_iou_interval(EvaluationReport& report);

/// As schemas/evaluation/v1/report.schema.json says. Scores that do not exist are null.
nlohmann::ordered_json evaluation_json(const EvaluationReport& report);
/// One row for each class: scores by labels, then estimates by points, as far as there are.
std::string evaluation_csv(const EvaluationReport& report);
/// A page for a browser.
std::string evaluation_html(const EvaluationReport& report);
/// Tables for a terminal.
std::string evaluation_text(const EvaluationReport& report);

}  // namespace orthocover::operations
