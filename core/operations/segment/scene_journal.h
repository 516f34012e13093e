#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/scene_segmenter.h"
#include "core/operation/declaration.h"
#include "core/parts/part_reader.h"
#include "core/parts/part_writer.h"

namespace orthocover::operations {

/// What to do with the blocks that an earlier run left, and how often new ones are secured.
struct JournalPolicy {
  bool resume = false;
  bool overwrite = false;
  double pace_s = 5;  ///< 0: those that are there are used, and no new ones are put beside them
};

/// Where the journal of a map lies.
std::filesystem::path journal_path(const std::string& map);

/// What keeps blocks of an earlier run from being used now, in a few words: `the scene changed`,
/// `--overlap was 0.3 and is 0.25`; empty when nothing does. --on-read-error counts where something could not
/// be read: without that both of its values make the same blocks.
/// @param earlier with a header
/// @param spec tells the defaults of options that a header does not name
std::string difference(const PartReader& earlier, const PartHeader& now, const OperationSpec& spec);

/// The finished blocks of one map while it is made, in a file that outlives the run if it is stopped, killed
/// or fails. Destruction without finish() or complete() keeps the file, unless there is too little in it.
class SceneJournal {
 public:
  /// Opens the file and takes over what fits.
  /// Blocks of another scene or version are not used, with a warning.
  /// @throws Error{Usage} when there are blocks of other options or another model, or that nobody asked to
  /// use, saying why and how to go on; Error{Resource} when another run has the file
  SceneJournal(std::filesystem::path path, PartHeader header, const OperationSpec& spec,
               const JournalPolicy& policy, RunContext& log);
  ~SceneJournal();
  SceneJournal(const SceneJournal&) = delete;
  SceneJournal& operator=(const SceneJournal&) = delete;

  /// Gives the sinks the blocks that are there, then makes the others, which go into the file as well, unless
  /// the pace is 0.
  /// @param sinks all null: only the file is wanted
  /// @return pixels per value are of all blocks, figures of work of the new ones
  /// @throws Error of segment_scene()
  SegmentReport segment(const RasterSource& source, const AreaMask* area, Predictor& predictor,
                        SegmentPlan plan, const SegmentSinks& sinks, RunContext& context);

  /// The last line of a stopped or failed run with how it goes on, if there is anything to go on from.
  std::string with_way_to_go_on(const std::string& message);

  /// The map is there, or there is nothing to map: takes the file away.
  void finish();
  /// Says that all wanted blocks are there, and gives the file its final name.
  void complete(const std::filesystem::path& target);

 private:
  void take_over(const OperationSpec& spec, const JournalPolicy& policy, RunContext& log);
  bool has(const Window& block) const;
  void add_unreadable(SegmentReport& report) const;
  void replay_all(const SegmentSinks& sinks, ValueCounts& counts, RunContext& context);

  PartHeader m_header;
  PartWriter m_writer;
  std::optional<PartReader> m_earlier;
  std::vector<Window> m_done;  ///< sorted
  std::uint64_t m_wanted_blocks = 0;
  bool m_records = true;  ///< whether new blocks go into the file
  bool m_failed = false;
  bool m_closed = false;
};

}  // namespace orthocover::operations
