#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/operation/operation.h"
#include "core/operations/mapping_setup.h"
#include "core/operations/memory_gate.h"
#include "core/operations/resume_check.h"
#include "core/operations/scene_batch.h"
#include "core/operations/scene_journal.h"
#include "core/operations/segment_options.h"
#include "core/operations/segment_outputs.h"

namespace orthocover::operations {

/// Maps the scenes of one call of `segment` with one loaded model. Scenes may be mapped from several threads
/// at once: they share the network, whose forward pass changes nothing in it, and the memory budget.
class SegmentRun {
 public:
  /// Positions in SceneFiles::outputs.
  enum OutputIndex : std::size_t { kMap, kConfidence, kProbabilities, kVector, kPicture };

  /// Loads the model. Options and context must outlive the object.
  /// @throws Error{Usage, Model, Resource}
  SegmentRun(const SegmentOptions& options, OperationContext& context);

  /// Maps one scene, or says what would be done (dry run), or skips it (resume).
  /// @throws Error; nothing is written then
  SceneOutcome run(const SceneFiles& files, RunContext& progress);

  /// Scenes that run beside each other: as wished, but on the CPU no more than threads.
  int jobs(std::size_t scenes) const;
  /// Gives the calling thread its part of the threads.
  void share_threads(int job, int jobs) const;

  std::vector<std::string> class_names() const;
  const Legend& legend() const { return m_mapping.manifest().legend; }

  /// Writes the polygons of all maps that are there into the layer of --merge-across.
  /// @return how many there are; nothing when there is no map
  /// @throws Error; nothing is written then
  std::optional<std::int64_t> merge_across(const std::vector<SceneRow>& scenes) const;

 private:
  SegmentTargets targets_of(const SceneFiles& files) const;
  /// Whether the scene can be skipped; sets `targets.overwrite` where existing outputs are this run's own.
  bool is_done(const RasterSource& source, const RunPrint& print, const EarlierRun& earlier,
               SegmentTargets& targets, RunContext& progress) const;
  void check_outputs(const std::string& input, const SegmentTargets& targets,
                     const EarlierRun& earlier) const;
  RunPrint print_of(const RasterSource& source) const;
  MemoryGate::Grant take_memory(const MemoryPlan& plan, RunContext& progress);
  /// Finished blocks of the map, unless the user wants no journal.
  std::unique_ptr<SceneJournal> open_journal(const RasterSource& source, const RunPrint& print,
                                             const Window& region, const SegmentTargets& targets,
                                             RunContext& progress) const;
  SceneOutcome write(const RasterSource& source, const SegmentTargets& targets, const RunPrint& print,
                     const AreaMask* area, Predictor& predictor, const SegmentSetup& setup,
                     SceneJournal* journal, RunContext& progress);
  SceneOutcome outcome_of(const RasterInfo& info, const ValueCounts& counts) const;
  SceneOutcome outcome_of(const EarlierRun& earlier) const;

  const SegmentOptions& m_options;
  OperationContext& m_context;
  MappingSetup m_mapping;
  std::once_flag m_told_of_memory;
  MemoryGate m_memory;
};

}  // namespace orthocover::operations
