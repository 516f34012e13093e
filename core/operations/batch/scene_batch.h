#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/operations/batch/batch_table.h"
#include "core/operations/batch/scene_files.h"

namespace orthocover::operations {

/// Of a batch in which scenes failed; the others are done.
inline constexpr int kFailedScenesExitCode = 1;

/// What came of a scene that did not fail.
struct SceneOutcome {
  bool skipped = false;
  std::vector<std::uint64_t> pixels;  ///< per class
  std::vector<double> area_m2;        ///< per class; empty where the ground of a pixel can't be told
  std::string text;                   ///< for standard output (dry run)
  nlohmann::json facts = nullptr;     ///< what the run record says under `orthocover`
};

/// How a batch is run.
struct BatchPlan {
  std::string unit = "scene";              ///< what people call one, for messages
  std::string memory_cure;                 ///< what helps where memory runs out: `; give less with --jobs`
  int jobs = 1;                            ///< scenes beside each other
  std::function<void(int job)> begin_job;  ///< in the thread of every job, before its first scene
  std::function<SceneOutcome(const SceneFiles& files, RunContext& context)> map;  ///< from any thread
};

/// What became of a batch.
struct BatchResult {
  std::vector<SceneRow> rows;  ///< in the order of the scenes
  std::string text;            ///< of the scenes, in their order
  double seconds = 0;

  std::size_t failures() const;
};

/// Maps scenes, one after the other or several at a time. A scene that fails becomes a warning and a row;
/// the others go on, unless the options are wrong. With one job everything runs in the calling thread.
/// @throws Error{Usage} for an option that is wrong for all, once it is certain that no scene is mapped;
/// Error{Cancelled} once every job has stopped, saying how many scenes are done
BatchResult run_batch(const std::vector<SceneFiles>& scenes, const BatchPlan& plan, RunContext& context);

}  // namespace orthocover::operations
