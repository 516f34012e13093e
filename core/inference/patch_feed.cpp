#include "core/inference/patch_feed.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/base/error.h"
#include "core/base/stopwatch.h"
#include "core/resampling/patch_reader.h"

namespace orthocover {
namespace {

std::size_t most_waiting_runs(const FeedSetup& setup, std::size_t jobs) {
  const std::size_t patches_per_run = (setup.steps.size() + jobs - 1) / std::max<std::size_t>(1, jobs);
  return std::max<std::size_t>(
      1, static_cast<std::size_t>(setup.waiting_patches) / std::max<std::size_t>(1, patches_per_run));
}

}  // namespace

/// A patch that threads read together, each some rows of it: the network would wait for one that reads it
/// alone. As bytes or as numbers.
struct PatchFeed::SharedPatch {
  SharedPatch(const LevelPlan& of, const Window& at) : level(of), window(at), rows_left(at.rows) {}
  const LevelPlan& level;
  Window window;
  std::shared_ptr<ByteBlock> bytes;
  std::shared_ptr<PixelBlock> numbers;
  std::int64_t first_row = 0;  ///< that nobody reads yet; guarded by m_tasks
  std::atomic<std::int64_t> rows_left;
};

std::vector<ReadingJob> reading_jobs(const std::vector<LevelPlan>& levels,
                                     std::span<const ScheduleStep> steps, std::int64_t most_px) {
  std::vector<ReadingJob> jobs;
  Window common;
  std::int64_t patch_px = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Window patch = levels[static_cast<std::size_t>(steps[i].level)].patch(steps[i].patch);
    const Window wider = jobs.empty() ? patch : unite(common, patch);
    const bool joins = !jobs.empty() && steps[i].level == steps[i - 1].level && wider.pixels() <= most_px &&
                       wider.pixels() <= patch_px + patch.pixels();
    if (!joins) jobs.push_back({i, i});
    common = joins ? wider : patch;
    patch_px = (joins ? patch_px : 0) + patch.pixels();
    jobs.back().end = i + 1;
  }
  return jobs;
}

PatchFeed::PatchFeed(const FeedSetup& setup)
    : m_setup(setup),
      m_jobs(reading_jobs(setup.levels, setup.steps, setup.most_job_px)),
      m_runs(most_waiting_runs(setup, m_jobs.size())) {
  setup.source.expect(m_jobs.size(), [this](std::size_t job) { return windows_of(m_jobs[job], false); });
  try {
    for (int i = 0; i < std::max(1, setup.threads); ++i) m_threads.emplace_back([this] { read_jobs(); });
  } catch (...) {
    // Those that run must not wait for somebody who takes what they have read.
    fail(std::current_exception());
    throw;
  }
}

PatchFeed::~PatchFeed() {
  fail(std::make_exception_ptr(Error(ErrorKind::Cancelled, "reading was stopped")));
}

std::optional<PreparedPatch> PatchFeed::next() {
  while (m_next_in_run == m_current.size()) {
    std::optional<Run> run = m_runs.pop(m_jobs.size());
    if (!run) return std::nullopt;
    m_current = std::move(*run);
    m_next_in_run = 0;
  }
  return std::move(m_current[m_next_in_run++]);
}

double PatchFeed::seconds() const {
  const std::scoped_lock lock(m_mutex);
  return m_seconds;
}

PatchFeed::Task PatchFeed::next_task() {
  const std::scoped_lock lock(m_tasks);
  if (!m_job) {
    m_job = m_runs.claim();
    if (*m_job < m_jobs.size()) {
      m_unfinished.insert(*m_job);
      m_setup.source.proceed(*m_unfinished.begin());
      if (m_setup.share_tiles) {
        m_tiles_to_make = tiles_for(m_jobs[*m_job]);
        m_patch = shared_patch(*m_job);
      }
    }
  }
  Task task{*m_job, std::nullopt, nullptr, {}};
  if (!m_tiles_to_make.empty()) {
    task.tile = m_tiles_to_make.back();
    m_tiles_to_make.pop_back();
    return task;
  }
  if (m_patch != nullptr) {
    task.patch = m_patch;
    task.rows = next_rows(*m_patch);
    if (m_patch->first_row < m_patch->window.rows) return task;
    m_patch.reset();
  }
  m_job.reset();
  return task;
}

/// The first patch, for which the device waits, and coarse ones, which are resampled of many pixels; null for
/// others, of which threads read as many beside each other.
std::shared_ptr<PatchFeed::SharedPatch> PatchFeed::shared_patch(std::size_t job) {
  const ReadingJob& steps = m_jobs[job];
  const LevelPlan& level = m_setup.levels[static_cast<std::size_t>(m_setup.steps[steps.begin].level)];
  const Window window = level.patch(m_setup.steps[steps.begin].patch);
  if (m_setup.threads < 2 || steps.end - steps.begin > 1 || (job > 0 && level.scale.mean() <= 1) ||
      !is_wanted(level, window))
    return nullptr;
  const auto bands = static_cast<int>(m_setup.source.info().bands.size());
  auto patch = std::make_shared<SharedPatch>(level, window);
  const auto room_in = [&](auto& pool) {
    auto block = pool.take(static_cast<std::size_t>(bands * window.pixels()));
    block->resize(bands, window.cols, window.rows);
    return block;
  };
  if (level.scale == 1 && m_setup.source.has_bytes())
    patch->bytes = room_in(m_bytes);
  else
    patch->numbers = room_in(m_pool);
  return patch;
}

/// As many rows for each thread; of too few, most of the time would go into finding tiles.
Window PatchFeed::next_rows(SharedPatch& patch) const {
  constexpr std::int64_t kLeastRows = 32;
  const std::int64_t each = std::max(kLeastRows, patch.window.rows / std::max(1, m_setup.threads) + 1);
  const std::int64_t first = std::exchange(patch.first_row, patch.first_row + each);
  return {patch.window.col, patch.window.row + first, patch.window.cols,
          std::min(each, patch.window.rows - first)};
}

/// The patch, for who reads the last of its rows.
std::optional<PatchFeed::Run> PatchFeed::read_rows_of(const Task& task) {
  SharedPatch& patch = *task.patch;
  Run run;
  run.push_back({m_setup.steps[m_jobs[task.job].begin], {}});
  const auto read = [&](const auto& block) {
    read_rows(m_setup.source, patch.level.scale, patch.window, task.rows, *block);
    if ((patch.rows_left -= task.rows.rows) > 0) return false;
    if (complete_patch(m_setup.source, *block)) run.front().input = m_setup.predictor.prepare(block);
    return true;
  };
  const bool is_last = patch.bytes != nullptr ? read(patch.bytes) : read(patch.numbers);
  return is_last ? std::optional(std::move(run)) : std::nullopt;
}

/// What a job reads of the scene or of an overview, or would read if the area had all patches.
std::vector<TileCache::Place> PatchFeed::windows_of(const ReadingJob& job, bool wanted_only) const {
  std::vector<TileCache::Place> windows;
  const LevelPlan& level = m_setup.levels[static_cast<std::size_t>(m_setup.steps[job.begin].level)];
  for (std::size_t i = job.begin; i < job.end; ++i) {
    const Window patch = level.patch(m_setup.steps[i].patch);
    if (wanted_only && !is_wanted(level, patch)) continue;
    const ReadCopy copy = choose_copy(m_setup.source.info(), level.scale);
    const Window under = pixels_under(patch, copy.scale);
    windows.push_back({copy.overview, intersect(under, {0, 0, copy.cols, copy.rows})});
  }
  return windows;
}

std::vector<TileCache::Place> PatchFeed::tiles_for(const ReadingJob& job) const {
  std::vector<TileCache::Place> all;
  for (const auto& [overview, window] : windows_of(job, true)) {
    const auto tiles = m_setup.source.tiles_for(window, overview);
    all.insert(all.end(), tiles.rbegin(), tiles.rend());
  }
  return all;
}

void PatchFeed::read_jobs() noexcept {
  try {
    for (Task task = next_task(); task.job < m_jobs.size(); task = next_task()) {
      const Stopwatch watch;
      std::optional<Run> run;
      if (task.tile)
        m_setup.source.make_ahead(*task.tile);
      else
        run = task.patch != nullptr ? read_rows_of(task) : read(m_jobs[task.job]);
      {
        const std::scoped_lock lock(m_mutex);
        m_seconds += watch.seconds();
      }
      if (!run) continue;
      {
        const std::scoped_lock lock(m_tasks);
        m_unfinished.erase(task.job);
      }
      m_runs.put(task.job, std::move(*run));
    }
  } catch (...) {
    m_runs.fail(std::current_exception());
  }
}

PatchFeed::Run PatchFeed::read(const ReadingJob& job) {
  Run run;
  const LevelPlan& level = m_setup.levels[static_cast<std::size_t>(m_setup.steps[job.begin].level)];
  std::vector<Window> wanted;
  std::vector<std::size_t> place;
  for (std::size_t i = job.begin; i < job.end; ++i) {
    run.push_back({m_setup.steps[i], {}});
    const Window patch = level.patch(m_setup.steps[i].patch);
    if (!is_wanted(level, patch)) continue;
    wanted.push_back(patch);
    place.push_back(i - job.begin);
  }
  const bool together = wanted.size() == run.size();
  const auto take = [&](std::size_t first, const auto& patches) {
    for (std::size_t i = 0; i < patches.size(); ++i)
      if (patches[i]) run[place[first + i]].input = m_setup.predictor.prepare(patches[i]);
  };
  for (std::size_t i = 0; i < wanted.size();) {
    const auto part = std::span(wanted).subspan(i, together ? wanted.size() : 1);
    if (level.scale == 1 && m_setup.source.has_bytes())
      take(i, read_patches(m_setup.source, part, m_bytes));
    else
      take(i, read_patches(m_setup.source, level.scale, part, m_pool));
    i += part.size();
  }
  return run;
}

bool PatchFeed::is_wanted(const LevelPlan& level, const Window& patch) const {
  return meets_area(level, patch, m_setup.region, m_setup.area);
}

}  // namespace orthocover
