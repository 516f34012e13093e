#pragma once

#include <algorithm>
#include <string_view>

#include "core/base/error.h"

namespace orthocover {

enum class LogLevel { Info, Warning };

/// What a run may tell and be told: progress, messages and the wish to stop. The base class is silent and
/// never cancels. All members may be called from any thread.
class RunContext {
 public:
  RunContext() = default;
  RunContext(const RunContext&) = delete;
  RunContext& operator=(const RunContext&) = delete;
  virtual ~RunContext() = default;

  /// @param fraction done so far, 0..1
  /// @param stage a few words for the user, e.g. "segment ortho.tif"
  virtual void progress(double /*fraction*/, std::string_view /*stage*/) {}
  virtual void log(LogLevel /*level*/, std::string_view /*message*/) {}
  virtual bool cancelled() const { return false; }

  /// @throws Error{Cancelled} once cancelled() is true
  void check_cancelled() const {
    if (cancelled()) throw cancelled_error();
  }
};

/// A part [begin, end] of another context's progress, for a stage of a longer run.
class SubContext final : public RunContext {
 public:
  SubContext(RunContext& parent, double begin, double end) : m_parent(parent), m_begin(begin), m_end(end) {}
  void progress(double fraction, std::string_view stage) override {
    m_parent.progress(m_begin + (m_end - m_begin) * std::clamp(fraction, 0.0, 1.0), stage);
  }
  void log(LogLevel level, std::string_view message) override { m_parent.log(level, message); }
  bool cancelled() const override { return m_parent.cancelled(); }

 private:
  RunContext& m_parent;
  double m_begin;
  double m_end;
};

}  // namespace orthocover
