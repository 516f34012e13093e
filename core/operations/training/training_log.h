#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/operations/training/held_out_scores.h"
#include "core/report/metrics_log.h"
#include "core/report/tensorboard_writer.h"
#include "core/training/sample_pictures.h"
#include "core/training/trainer.h"

namespace orthocover::operations {

/// What the report of a run says besides its curves.
struct TrainingSummary {
  std::string model;
  Legend legend;
  std::vector<std::pair<std::string, std::string>> facts;     ///< name and value
  std::vector<std::pair<std::string, std::string>> settings;  ///< option and value
  std::vector<double> area_m2;                                ///< labelled ground by class
  std::vector<LevelScore> scores;                             ///< of the weights that are kept
  std::vector<SamplePicture> pictures;
};

/// Tells every few minutes where a run is and how long it will still take, the first time soon.
class StepNotes {
 public:
  /// @param done steps of an earlier run that goes on
  StepNotes(std::int64_t done, const TrainingOptions& options, RunContext& run);

  void add(const StepRecord& record);

 private:
  using Clock = std::chrono::steady_clock;

  std::int64_t m_done;
  std::int64_t m_steps;
  std::optional<double> m_time_limit_s;
  RunContext& m_run;
  Clock::time_point m_start = Clock::now();
  Clock::time_point m_next = m_start + std::chrono::seconds(20);
  bool m_is_first = true;
};

/// The course of a training run in its folder: metrics.jsonl, TensorBoard's events, and in the end
/// report.html. A full disk costs records, not the run: the first that is lost is told.
class TrainingLog {
 public:
  /// @param done steps of an earlier run that goes on; what its log says beyond them is dropped
  /// @throws Error{Resource}
  TrainingLog(std::filesystem::path folder, std::int64_t done, const Legend& legend, RunContext& run);

  void add(const StepRecord& record);
  void add(const std::vector<LevelScore>& scores, std::int64_t step);

  /// Writes report.html with the curves of the whole run.
  /// @throws Error{Resource}
  void write_report(const TrainingSummary& summary) const;

 private:
  using Curves = std::vector<std::pair<std::string, double>>;  ///< tags and values

  void write(const nlohmann::ordered_json& record, const Curves& curves);

  std::filesystem::path m_folder;
  const Legend& m_legend;
  RunContext& m_run;
  MetricsLog m_metrics;
  TensorboardWriter m_events;
  double m_loss_sum = 0;
  int m_losses = 0;
  bool m_is_told = false;  ///< that the disk refuses records
};

}  // namespace orthocover::operations
