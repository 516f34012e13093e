#include "core/operations/batch/scene_batch.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/base/error.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/operations/batch/batch_progress.h"
#include "core/ports/raster_source.h"

namespace orthocover::operations {
namespace {

/// Whether a text has a name that is no part of a longer word.
bool has_name(const std::string& text, const std::string& name) {
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
  };
  std::size_t at = text.find(name);
  while (at != std::string::npos && (is_letter(at - 1) || is_letter(at + name.size())))
    at = text.find(name, at + 1);
  return at != std::string::npos;
}

/// Scenes, taken by jobs one by one.
class Batch {
 public:
  Batch(const std::vector<SceneFiles>& scenes, const BatchPlan& plan, RunContext& context)
      : m_scenes(scenes), m_plan(plan), m_context(context), m_progress(context, scenes.size()) {
    m_rows.resize(scenes.size());
    m_texts.resize(scenes.size());
  }

  BatchResult run() {
    const Stopwatch watch;
    const auto jobs =
        std::min<std::size_t>(static_cast<std::size_t>(std::max(1, m_plan.jobs)), m_scenes.size());
    m_at_work = jobs;
    if (jobs == 1) {
      work(0);
    } else {
      std::vector<std::jthread> threads;
      try {
        for (std::size_t job = 0; job < jobs; ++job) threads.emplace_back([this, job] { work(job); });
      } catch (const std::system_error& error) {
        if (threads.empty()) throw resource_error("--jobs: no thread can be started: {}", error.what());
        stand_back(jobs - threads.size());
        m_context.log(LogLevel::Warning,
                      fmt::format("--jobs: {} of {} can be started: {}", threads.size(), jobs, error.what()));
      }
    }
    if (m_cancelled) throw cancellation();
    if (m_defect) std::rethrow_exception(m_defect);
    return {std::move(m_rows), join(m_texts, ""), watch.seconds()};
  }

 private:
  void work(std::size_t job) noexcept {
    try {
      if (m_plan.begin_job) m_plan.begin_job(static_cast<int>(job));
      for (std::size_t i = m_next++; i < m_scenes.size() && !stopped(); i = m_next++) map(i);
    } catch (...) {
      const std::scoped_lock lock(m_mutex);
      m_defect = std::current_exception();
      m_failed = true;
    }
    stand_back(1);
  }

  /// Jobs that may not map a scene any more.
  void stand_back(std::size_t jobs) {
    const std::scoped_lock lock(m_mutex);
    m_at_work -= jobs;
    m_changed.notify_all();
  }

  /// Waits for scenes that are at work beside this one, since they may show that the options are right.
  bool is_any_mapped() {
    stand_back(1);
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return m_mapped > 0 || m_at_work == 0; });
    ++m_at_work;
    return m_mapped > 0;
  }

  bool stopped() {
    if (m_context.cancelled()) m_cancelled = true;
    return m_cancelled || m_failed;
  }

  void map(std::size_t index) {
    const SceneFiles& files = m_scenes[index];
    SceneRow& row = m_rows[index];
    row.scene = files.input;
    row.map = files.outputs.front().value_or("");
    const Stopwatch watch;
    SceneProgress progress(m_progress, index);
    try {
      SceneOutcome outcome = m_plan.map(files, progress);
      row.status = outcome.skipped ? SceneStatus::Skipped : SceneStatus::Done;
      row.pixels = std::move(outcome.pixels);
      row.area_m2 = std::move(outcome.area_m2);
      row.facts = std::move(outcome.facts);
      m_texts[index] = std::move(outcome.text);
      ++m_finished;
      if (!outcome.skipped) ++m_mapped;
      stand_back(0);
    } catch (const EmptyScene& empty) {
      end_without_map(row, SceneStatus::Empty, empty.what());
      ++m_finished;
    } catch (...) {
      const Error error = caught_error(m_plan.memory_cure);
      // What can't be read any more after a stop was asked for is part of the stop.
      if (error.kind() == ErrorKind::Cancelled || (error.kind() == ErrorKind::Data && m_context.cancelled()))
        m_cancelled = true;
      else if (error.is_wrong_for_all() && !is_any_mapped())
        throw;
      else
        end_without_map(row, SceneStatus::Failed, error.what());
    }
    row.seconds = watch.seconds();
  }

  void end_without_map(SceneRow& row, SceneStatus status, const std::string& message) {
    row.status = status;
    row.reason = one_line(message);
    // The row names the scene.
    if (row.reason.starts_with(row.scene + ": ")) row.reason.erase(0, row.scene.size() + 2);
    const LogLevel level = status == SceneStatus::Failed ? LogLevel::Warning : LogLevel::Info;
    m_context.log(level, has_name(message, row.scene) ? message : row.scene + ": " + message);
  }

  Error cancellation() const {
    return {ErrorKind::Cancelled,
            fmt::format("cancelled; {} of {} {}s are finished, the same command with --resume goes on",
                        m_finished.load(), m_scenes.size(), m_plan.unit)};
  }

  const std::vector<SceneFiles>& m_scenes;
  const BatchPlan& m_plan;
  RunContext& m_context;
  BatchProgress m_progress;
  std::vector<SceneRow> m_rows;
  std::vector<std::string> m_texts;
  std::atomic<std::size_t> m_next{0};
  std::atomic<std::size_t> m_finished{0};
  std::atomic<bool> m_cancelled{false};
  std::atomic<bool> m_failed{false};
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::atomic<std::size_t> m_mapped{0};
  std::size_t m_at_work = 0;  ///< jobs that may yet map a scene
  std::exception_ptr m_defect;
};

}  // namespace

std::size_t BatchResult::failures() const {
  return static_cast<std::size_t>(std::ranges::count(rows, SceneStatus::Failed, &SceneRow::status));
}

BatchResult run_batch(const std::vector<SceneFiles>& scenes, const BatchPlan& plan, RunContext& context) {
  return Batch(scenes, plan, context).run();
}

}  // namespace orthocover::operations
