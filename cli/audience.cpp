#include "cli/audience.h"

#include <unistd.h>

#include <algorithm>

#include "cli/signals.h"

namespace orthocover {
namespace {

bool wants_json(const std::vector<std::string>& arguments) {
  const auto pair = std::ranges::adjacent_find(
      arguments, [](const auto& a, const auto& b) { return a == "--progress" && b == "json"; });
  return pair != arguments.end() || has_flag(arguments, {"--progress=json"});
}

/// Prints a reply; what can't be printed turns it into a failure.
void print_text(EngineReply& reply) {
  try {
    print(reply.text);
  } catch (const Error& error) {
    reply = failure(error.kind(), error.what());
  }
}

}  // namespace

bool has_flag(const std::vector<std::string>& arguments, const std::vector<std::string>& words) {
  const auto end = std::ranges::find(arguments, "--");
  return std::find_first_of(arguments.begin(), end, words.begin(), words.end()) != end;
}

EngineReply failure(ErrorKind kind, std::string message) {
  EngineReply reply;
  reply.exit_code = static_cast<int>(kind);
  reply.error = std::move(message);
  return reply;
}

Audience::Audience(const std::vector<std::string>& arguments) : m_json(wants_json(arguments)) {
  if (!has_flag(arguments, {"--child"})) return;
  install_child_signal_handlers();
  m_child.emplace(arguments.front());
}

RunContext& Audience::begin(const std::string& operation, const GlobalOptions& options) {
  if (m_child) {
    if (options.quiet) m_child->be_quiet();
    m_child->check_cancelled();
    return *m_child;
  }
  install_signal_handlers();
  return m_console.emplace(operation, progress_style(options, isatty(STDERR_FILENO) == 1), options.quiet);
}

int Audience::end(const std::string& operation, EngineReply reply) {
  if (m_child) return m_child->finish(reply);
  m_console.reset();  // takes the bar away
  print_text(reply);
  if (reply.exit_code == static_cast<int>(ErrorKind::Cancelled))
    reply.exit_code = stopped_exit_code(reply.exit_code);
  if (!reply.error.empty()) {
    const ProgressStyle style = m_json ? ProgressStyle::Json : ProgressStyle::None;
    Console(operation, style, false).error(reply.exit_code, reply.error);
  }
  return reply.exit_code;
}

}  // namespace orthocover
