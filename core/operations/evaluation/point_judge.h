#pragma once

#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/metrics/area_sums.h"
#include "core/operations/evaluation/evaluation_report.h"
#include "core/ports/map_source.h"

namespace orthocover::operations {

/// A map that points judge.
struct JudgedMap {
  const MapSource& map;
  std::string input;   ///< what it is called
  std::string points;  ///< file of its points
  const AreaScale& scale;
};

/// Whether somebody has looked up a point that counts: beside drawn ones others don't.
bool has_answer(const ReferencePoints& read);

/// Judges maps by points that somebody looked up.
class PointJudge {
 public:
  /// @param legend of all maps
  explicit PointJudge(const Legend& legend) : m_legend(legend) {}

  /// Counts the points of a map, which are a sample of that map alone.
  /// @param run told of progress, and of points that are left out
  /// @throws Error{Data} for points drawn on another map, and for a map without ground size beside one with
  /// it
  void add(const JudgedMap& map, const ReferencePoints& read, RunContext& run);

  /// Whether any point has a class where its map has one.
  bool is_answered() const { return m_found.matrix.total() > 0; }
  /// What was counted, without estimates.
  const PointEvaluation& found() const { return m_found; }
  /// The same with areas and accuracies.
  /// @param run warned of what has no estimate
  PointEvaluation estimate(RunContext& run) const;

 private:
  void add_strata(const JudgedMap& map, RunContext& run);
  void count(const JudgedMap& map, const std::vector<ReferencePoint>& points, RunContext& run);

  const Legend& m_legend;
  PointEvaluation m_found{m_legend.size()};
  std::vector<std::string> m_inputs;  ///< of each stratum
};

}  // namespace orthocover::operations
