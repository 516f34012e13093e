#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/operation/operation.h"
#include "core/operations/batch/resume_check.h"
#include "core/operations/batch/scene_batch.h"
#include "core/operations/segment/mapping_setup.h"
#include "core/operations/segment/memory_gate.h"
#include "core/operations/segment/scene_journal.h"
#include "core/operations/segment/segment_options.h"
#include "core/operations/segment/segment_outputs.h"
#include "core/operations/segment/segment_shards.h"
#include "core/resampling/tolerant_source.h"

namespace orthocover::operations {

/// A scene with all that is decided about it before anything is made.
struct PreparedScene {
  SegmentTargets targets;
  std::unique_ptr<RasterSource> source;
  const TolerantSource* tolerant = nullptr;  ///< the same, where unreadable pixels are to be without data
  RunPrint print;
  std::unique_ptr<AreaMask> area;
  std::unique_ptr<Predictor> predictor;
  SegmentSetup setup;
};

/// Maps the scenes of one call of `segment` with one loaded model. Scenes may be mapped from several threads
/// at once: they share the network, whose forward pass changes nothing in it, and the memory budget.
class SegmentRun {
 public:
  /// Loads the model. Options and context must outlive the object.
  /// @throws Error{Usage, Model, Resource}
  SegmentRun(const SegmentOptions& options, SegmentSource source, OperationContext& context);

  /// Maps one scene, or says what would be done (dry run), or skips it (resume).
  /// @throws Error; no output is written then, but finished blocks may stay in OUTPUT.part (see SceneJournal)
  SceneOutcome run(const SceneFiles& files, RunContext& progress);

  /// Opens a scene and decides everything about it.
  /// @throws Error
  PreparedScene prepare(const SceneFiles& files, RunContext& progress);

  /// Scenes that run beside each other: as wished, but on the CPU no more than threads.
  int jobs(std::size_t scenes) const;
  /// Gives the calling thread its part of the threads.
  void share_threads(int job, int jobs) const;

  /// Whether there will be maps, not a part of one.
  bool makes_maps() const { return !m_source.is_block_shard(); }
  const Legend& legend() const { return m_mapping.manifest().legend; }

 private:
  SegmentTargets targets_of(const SceneFiles& files) const;
  /// Whether the scene can be skipped; else says why not.
  /// @throws Error{Usage} where the outputs are of another scene
  bool is_done(const PreparedScene& scene, const EarlierRun& earlier, RunContext& progress) const;
  MemoryGate::Grant take_memory(const MemoryPlan& plan, RunContext& progress);
  void open(const SceneFiles& files, PreparedScene& scene, RunContext& progress) const;
  void set_up(PreparedScene& scene, RunContext& progress);
  SceneOutcome map(const SceneFiles& files, RunContext& progress);
  SceneOutcome make(PreparedScene& scene, RunContext& progress);
  SceneOutcome make_shard(PreparedScene& scene, RunContext& progress);
  SceneOutcome merge(PreparedScene& scene, RunContext& progress);
  std::vector<std::string> parts_of(const SegmentTargets& targets) const;
  PartHeader header_of(const PreparedScene& scene) const;
  JournalPolicy policy() const { return {m_options.resume, m_options.overwrite, m_options.journal}; }
  /// What fills the sinks of a map.
  using MakeBlocks = std::function<SegmentReport(const SegmentSinks& sinks, RunContext& progress)>;
  SceneOutcome write(const PreparedScene& scene, const MakeBlocks& make_blocks, RunContext& progress);
  std::vector<std::uint64_t> pixels_per_class(const ValueCounts& counts) const;
  SceneOutcome outcome_of(const EarlierRun& earlier, const std::string& scene) const;

  const SegmentOptions& m_options;
  SegmentSource m_source;
  OperationContext& m_context;
  std::optional<std::string> m_area_digest;  ///< of --area; before the model: faults are told once
  MappingSetup m_mapping;
  std::once_flag m_told_of_memory;
  MemoryGate m_memory;
};

}  // namespace orthocover::operations
