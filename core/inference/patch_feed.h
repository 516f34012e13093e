#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "core/base/ordered_channel.h"
#include "core/geometry/schedule.h"
#include "core/inference/predictor.h"
#include "core/ports/area_mask.h"
#include "core/ports/raster_source.h"
#include "core/resampling/block_pool.h"
#include "core/resampling/tile_cache.h"

namespace orthocover {

/// A patch on its way to the network; `input` is undefined when the patch has no valid pixel.
struct PreparedPatch {
  ScheduleStep step;
  torch::Tensor input;
};

/// Steps of a schedule, one after the other: [begin, end).
struct ReadingJob {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Cuts the steps into runs of patches of one level that are best read together, since they cover their
/// common window: neighbours share what they overlap.
/// @param most_px pixels of the common window, where a run has more than one patch
std::vector<ReadingJob> reading_jobs(const std::vector<LevelPlan>& levels,
                                     std::span<const ScheduleStep> steps, std::int64_t most_px);

/// What a PatchFeed reads.
struct FeedSetup {
  TileCache& source;               ///< is told what will be read
  const AreaMask* area = nullptr;  ///< null: the whole region
  const Predictor& predictor;
  const std::vector<LevelPlan>& levels;
  Window region;
  std::span<const ScheduleStep> steps;
  int threads = 1;
  int waiting_patches = 2;  ///< that may be ready before they are wanted
  std::int64_t most_job_px = 1 << 20;
  /// Threads make the tiles of the next patch together, so that the first ones come soon; on the CPU, where
  /// passes want the same cores, a patch costs a little less where one thread reads it all.
  bool share_tiles = false;
};

/// Reads the patches of a schedule in threads of its own and hands them out in order.
class PatchFeed {
 public:
  /// What `setup` refers to must outlive the object.
  explicit PatchFeed(const FeedSetup& setup);
  /// Stops the threads.
  ~PatchFeed();
  PatchFeed(const PatchFeed&) = delete;
  PatchFeed& operator=(const PatchFeed&) = delete;

  /// The next patch; nothing after the last.
  /// @throws Error of a reading thread, or what fail() was given
  std::optional<PreparedPatch> next();
  /// Ends the threads.
  void fail(std::exception_ptr error) { m_runs.fail(std::move(error)); }
  /// Time that the threads have spent reading, together.
  double seconds() const;

 private:
  using Run = std::vector<PreparedPatch>;

  struct SharedPatch;

  /// What a thread does next: make one of the tiles that a job wants, or, once all are made or in work, read
  /// the job, or some rows of its patch. Thus threads that find few patches share those.
  struct Task {
    std::size_t job = 0;
    std::optional<TileCache::Place> tile;
    std::shared_ptr<SharedPatch> patch;
    Window rows;  ///< of that patch
  };
  Task next_task();
  std::shared_ptr<SharedPatch> shared_patch(std::size_t job);
  Window next_rows(SharedPatch& patch) const;
  std::optional<Run> read_rows_of(const Task& task);
  std::vector<TileCache::Place> windows_of(const ReadingJob& job, bool wanted_only) const;
  std::vector<TileCache::Place> tiles_for(const ReadingJob& job) const;

  void read_jobs() noexcept;
  Run read(const ReadingJob& job);
  bool is_wanted(const LevelPlan& level, const Window& patch) const;

  const FeedSetup m_setup;
  const std::vector<ReadingJob> m_jobs;
  OrderedChannel<Run> m_runs;
  BlockPool m_pool;
  BytePool m_bytes;
  mutable std::mutex m_mutex;
  double m_seconds = 0;
  std::mutex m_tasks;
  std::optional<std::size_t> m_job;               ///< whose tiles are made now
  std::set<std::size_t> m_unfinished;             ///< jobs in work
  std::vector<TileCache::Place> m_tiles_to_make;  ///< the last one first
  std::shared_ptr<SharedPatch> m_patch;           ///< of m_job, where threads read it together
  Run m_current;
  std::size_t m_next_in_run = 0;
  std::vector<std::jthread> m_threads;
};

}  // namespace orthocover
