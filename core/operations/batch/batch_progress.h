#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/run_context.h"

namespace orthocover::operations {

/// The progress of several scenes as one: every scene counts the same, and the stage tells how many are
/// finished and which are at work.
class BatchProgress {
 public:
  BatchProgress(RunContext& parent, std::size_t scenes) : m_parent(parent), m_fractions(scenes, 0) {}

  void report(std::size_t scene, double fraction, std::string_view stage);
  /// The scene takes no more time, whether it failed or not.
  void end(std::size_t scene);
  RunContext& parent() { return m_parent; }

 private:
  void show();

  RunContext& m_parent;
  std::mutex m_mutex;
  std::vector<double> m_fractions;
  std::map<std::size_t, std::string> m_stages;  ///< of the scenes at work
  std::size_t m_ended = 0;
};

/// The context of one scene of a batch.
class SceneProgress final : public RunContext {
 public:
  SceneProgress(BatchProgress& batch, std::size_t scene) : m_batch(batch), m_scene(scene) {}
  ~SceneProgress() override { m_batch.end(m_scene); }

  void progress(double fraction, std::string_view stage) override {
    m_batch.report(m_scene, fraction, stage);
  }
  void log(LogLevel level, std::string_view message) override { m_batch.parent().log(level, message); }
  bool cancelled() const override { return m_batch.parent().cancelled(); }

 private:
  BatchProgress& m_batch;
  std::size_t m_scene;
};

/// Hears the wish to stop and says nothing.
class QuietRun final : public RunContext {
 public:
  explicit QuietRun(const RunContext& run) : m_run(run) {}
  bool cancelled() const override { return m_run.cancelled(); }

 private:
  const RunContext& m_run;
};

/// The part of a run that is one of several items that take about the same time.
/// @param item counted from 0
inline SubContext part_of(RunContext& whole, std::size_t item, std::size_t items) {
  const auto all = static_cast<double>(items);
  return {whole, static_cast<double>(item) / all, static_cast<double>(item + 1) / all};
}

}  // namespace orthocover::operations
