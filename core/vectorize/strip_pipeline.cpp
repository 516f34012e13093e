#include "core/vectorize/strip_pipeline.h"

#include <system_error>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/stopwatch.h"

namespace orthocover::vectorize {

StripPipeline::StripPipeline(const ClassSource& source, const RasterSource* confidence,
                             const VectorizeSettings& settings, std::int64_t strip_rows,
                             const RegionSieve* sieve)
    : m_source(source),
      m_confidence(confidence),
      m_settings(settings),
      m_reader(source, strip_rows, sieve),
      m_strip_rows(strip_rows),
      m_strips(m_reader.strips()),
      m_reach((settings.simplify.reach_rows() + strip_rows - 1) / strip_rows) {
  const auto threads = static_cast<std::size_t>(threads_or_all(settings.threads));
  m_window = 2 * static_cast<std::int64_t>(threads) + m_reach + 1;
  try {
    for (std::size_t i = 0; i < threads; ++i) m_threads.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    // The result doesn't depend on their number.
    if (m_threads.empty()) throw resource_error("no thread can be started: {}", error.what());
  } catch (...) {
    stop();
    throw;
  }
}

StripPipeline::~StripPipeline() {
  stop();
}

void StripPipeline::stop() {
  {
    const std::scoped_lock lock(m_mutex);
    m_stop = true;
  }
  m_changed.notify_all();
}

void StripPipeline::work() {
  std::unique_lock lock(m_mutex);
  try {
    while (!m_stop && m_next_finish < m_strips) {
      if (!take_task(lock)) m_changed.wait(lock);
    }
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    if (!m_error) m_error = std::current_exception();
    m_stop = true;
  }
  m_changed.notify_all();
}

bool StripPipeline::can_finish(std::int64_t strip) const {
  if (strip >= m_strips) return false;
  const std::int64_t last = std::min(strip + m_reach, m_strips - 1);
  for (std::int64_t i = strip; i <= last; ++i) {
    if (!m_corners.contains(i)) return false;
  }
  return true;
}

bool StripPipeline::take_task(std::unique_lock<std::mutex>& lock) {
  if (can_finish(m_next_finish)) return finish_strip(lock, m_next_finish++), true;
  if (m_next_read < m_strips && m_next_read < m_next_out + m_window) return trace_next(lock), true;
  return false;
}

void StripPipeline::trace_next(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::shared_ptr<const ClassRows> rows;
  std::int64_t strip = 0;
  double read = 0;
  {
    const std::scoped_lock reading(m_reading);
    {
      const std::scoped_lock again(m_mutex);
      if (m_next_read >= m_strips || m_stop)
        strip = -1;
      else
        strip = m_next_read++;
    }
    const Stopwatch watch;
    if (strip >= 0) rows = std::make_shared<const ClassRows>(m_reader.next());
    read = watch.seconds();
  }
  if (strip < 0) return lock.lock();
  const Stopwatch watch;
  std::optional<StripConfidence> confidence;
  if (m_confidence != nullptr) confidence = read_confidence(*m_confidence, *rows);
  TracedStrip traced = trace(rows, m_settings.eight_connected, strip + 1 == m_strips,
                             bool(m_settings.simplify.is_right_angled), confidence, m_source.info().cols);
  const double tracing = watch.seconds();
  lock.lock();
  m_read_seconds += read;
  m_trace_seconds += tracing;
  m_corners[strip] = traced.graph.corners;
  m_traced.emplace(strip, std::move(traced));
  m_changed.notify_all();
}

void StripPipeline::finish_strip(std::unique_lock<std::mutex>& lock, std::int64_t strip) {
  CornerIndex corners(m_strip_rows);
  for (auto at = m_corners.lower_bound(strip - m_reach);
       at != m_corners.end() && at->first <= strip + m_reach; ++at)
    corners.add(at->second);
  auto traced = m_traced.extract(strip);
  lock.unlock();
  const Stopwatch watch;
  FinishedStrip finished{std::move(traced.mapped()), {}, strip + 1 == m_strips};
  finished.yield = finish(finished.strip, m_settings.simplify, corners);
  const double seconds = watch.seconds();
  lock.lock();
  m_polygon_seconds += seconds;
  m_finished.emplace(strip, std::move(finished));
  m_changed.notify_all();
}

std::shared_ptr<const CornerRows> StripPipeline::corners(std::int64_t strip) {
  const std::scoped_lock lock(m_mutex);
  return m_corners.at(strip);
}

FinishedStrip StripPipeline::next() {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [&] { return m_finished.contains(m_next_out) || m_error; });
  if (m_error) std::rethrow_exception(m_error);
  auto finished = m_finished.extract(m_next_out);
  ++m_next_out;
  // Strips that are still to be finished look back at those within reach.
  while (!m_corners.empty() && m_corners.begin()->first < m_next_out - 1 - m_reach)
    m_corners.erase(m_corners.begin());
  m_changed.notify_all();
  return std::move(finished.mapped());
}

void StripPipeline::add_times(VectorizeReport& report) {
  const std::scoped_lock lock(m_mutex);
  report.read_seconds += m_read_seconds;
  report.trace_seconds += m_trace_seconds;
  report.polygon_seconds += m_polygon_seconds;
}

}  // namespace orthocover::vectorize
