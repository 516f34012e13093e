#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "cli/console.h"
#include "cli/engine_entry.h"
#include "cli/event_stream.h"
#include "cli/parent_watch.h"
#include "cli/progress_pace.h"
#include "core/base/run_context.h"

namespace orthocover {

/// A run for the program that started this one (`--child`): events on standard output, messages for people on
/// standard error; it stops when asked by a signal, or when that program is gone. docs/automation.md
/// describes the events.
class ChildRun final : public RunContext {
 public:
  /// Sends the first event.
  /// @param operation as typed
  /// @throws Error{Resource} when standard output is closed
  explicit ChildRun(std::string operation);

  /// Hides messages that are no warnings.
  void be_quiet();

  void progress(double fraction, std::string_view stage) override;
  void log(LogLevel level, std::string_view message) override;
  bool cancelled() const override;

  /// Sends the last event.
  /// @return the exit code
  int finish(const EngineReply& reply);

 private:
  std::string m_operation;
  bool m_quiet = false;
  Console m_messages;
  EventStream m_events;
  ParentWatch m_watch;
  std::mutex m_mutex;
  ProgressPace m_pace;
  std::string m_stage;
};

}  // namespace orthocover
