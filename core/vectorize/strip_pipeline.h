#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "core/vectorize/strip_reader.h"
#include "core/vectorize/vectorizer.h"

namespace orthocover::vectorize {

/// A strip whose own polygons are done.
struct FinishedStrip {
  TracedStrip strip;
  StripYield yield;
  bool is_last = false;
};

/// Reads, traces and finishes strips on several threads, and gives them out in order. A strip is finished
/// once its neighbours within reach of the simplification are traced.
class StripPipeline {
 public:
  StripPipeline(const ClassSource& source, const RasterSource* confidence, const VectorizeSettings& settings,
                std::int64_t strip_rows, const RegionSieve* sieve);
  ~StripPipeline();

  std::int64_t strips() const { return m_strips; }
  /// Corners of a strip that was given out, or lies within reach below one.
  std::shared_ptr<const CornerRows> corners(std::int64_t strip);
  /// How many strips below one its simplification may look at.
  std::int64_t reach() const { return m_reach; }

  /// The next strip.
  /// @throws what reading it threw
  FinishedStrip next();

  /// Seconds of all threads so far.
  void add_times(VectorizeReport& report);

 private:
  void stop();
  void work();
  bool take_task(std::unique_lock<std::mutex>& lock);
  void trace_next(std::unique_lock<std::mutex>& lock);
  void finish_strip(std::unique_lock<std::mutex>& lock, std::int64_t strip);
  bool can_finish(std::int64_t strip) const;

  const ClassSource& m_source;
  const RasterSource* m_confidence;
  const VectorizeSettings& m_settings;
  StripReader m_reader;
  std::int64_t m_strip_rows;
  std::int64_t m_strips;
  std::int64_t m_reach;
  std::int64_t m_window;  ///< strips that may be in work at once

  std::mutex m_mutex;
  std::mutex m_reading;
  std::condition_variable m_changed;
  bool m_stop = false;
  std::exception_ptr m_error;
  std::int64_t m_next_read = 0;
  std::int64_t m_next_finish = 0;
  std::int64_t m_next_out = 0;
  std::map<std::int64_t, TracedStrip> m_traced;
  std::map<std::int64_t, std::shared_ptr<const CornerRows>> m_corners;
  std::map<std::int64_t, FinishedStrip> m_finished;
  double m_read_seconds = 0;
  double m_trace_seconds = 0;
  double m_polygon_seconds = 0;
  std::vector<std::jthread> m_threads;
};

}  // namespace orthocover::vectorize
