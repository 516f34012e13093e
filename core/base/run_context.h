#pragma once

#include <string_view>

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
  virtual void progress(double fraction, std::string_view stage);
  virtual void log(LogLevel level, std::string_view message);
  virtual bool cancelled() const;

  /// @throws Error{Cancelled} once cancelled() is true
  void check_cancelled() const;
};

/// A part [begin, end] of another context's progress, for a stage of a longer run.
class SubContext final : public RunContext {
 public:
  SubContext(RunContext& parent, double begin, double end) : m_parent(parent), m_begin(begin), m_end(end) {}
  void progress(double fraction, std::string_view stage) override;
  void log(LogLevel level, std::string_view message) override;
  bool cancelled() const override;

 private:
  RunContext& m_parent;
  double m_begin;
  double m_end;
};

}  // namespace orthocover
