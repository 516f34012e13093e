#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "cli/progress_pace.h"
#include "core/base/error.h"
#include "core/base/run_context.h"

namespace orthocover {

enum class ProgressStyle { None, Bar, Json };

/// Shows a run on standard error: a bar, or one JSON object per line
/// (`{"event": "progress" | "info" | "warning" | "error", ...}`). Cancels on signals.
class Console final : public RunContext {
 public:
  /// @param name the operation, prefix of messages
  /// @param quiet hides messages that are no warnings
  Console(std::string name, ProgressStyle style, bool quiet);
  ~Console() override;

  void progress(double fraction, std::string_view stage) override;
  void log(LogLevel level, std::string_view message) override;
  bool cancelled() const override;

  /// The last line of a run that failed.
  void error(int exit_code, std::string_view message);

 private:
  void draw_bar(double fraction, std::string_view stage);
  void clear_bar();

  std::string m_name;
  ProgressStyle m_style;
  bool m_quiet;
  std::mutex m_mutex;
  ProgressPace::Clock::time_point m_start = ProgressPace::Clock::now();
  ProgressPace m_pace;
  bool m_bar_visible = false;
};

/// Writes text to standard output.
/// @throws Error{Resource} when it can't be written; a reader that closed its end early is no error
void print(std::string_view text);

}  // namespace orthocover
