#include "cli/child_run.h"

#include <unistd.h>

#include <cmath>

#include "cli/signals.h"
#include "core/base/text.h"
#include "core/base/version.h"

namespace orthocover {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);

using Event = nlohmann::ordered_json;

Event start_event(const std::string& operation) {
  return {{"event", "start"}, {"operation", operation}, {"version", version()}, {"pid", getpid()}};
}

Event progress_event(double fraction, std::string_view stage) {
  return {{"event", "progress"}, {"fraction", std::round(fraction * 1e4) / 1e4}, {"stage", one_line(stage)}};
}

Event last_event(const EngineReply& reply) {
  if (reply.error.empty()) {
    return {{"event", "result"},
            {"exit_code", reply.exit_code},
            {"text", reply.text},
            {"report", Event(reply.report)}};
  }
  return {{"event", "error"},
          {"kind", to_lower(to_string(static_cast<ErrorKind>(reply.exit_code)))},
          {"exit_code", reply.exit_code},
          {"message", one_line(reply.error)}};
}

}  // namespace

ChildRun::ChildRun(std::string operation)
    : m_operation(std::move(operation)),
      m_messages(m_operation, ProgressStyle::None, false),
      m_watch(m_events.descriptor()),
      m_pace(kInterval) {
  m_events.send(start_event(m_operation));
}

void ChildRun::be_quiet() {
  m_quiet = true;
}

void ChildRun::progress(double fraction, std::string_view stage) {
  const std::lock_guard lock(m_mutex);
  if (!m_pace.is_due(fraction)) return;
  m_stage = stage;
  const Event event = progress_event(m_pace.fraction(), stage);
  // The end is told to the slowest listener.
  m_pace.fraction() < 1 ? m_events.offer(event) : m_events.send(event);
}

void ChildRun::log(LogLevel level, std::string_view message) {
  if (!m_quiet || level == LogLevel::Warning) m_messages.log(level, message);
}

bool ChildRun::cancelled() const {
  return stop_requested();
}

int ChildRun::finish(const EngineReply& reply) {
  if (!reply.error.empty())
    m_messages.error(reply.exit_code, reply.error);
  else
    progress(1, m_stage);
  m_events.send(last_event(reply));
  const std::string fault = m_events.fault();
  if (fault.empty()) return reply.exit_code;
  const int exit_code = static_cast<int>(ErrorKind::Resource);
  m_messages.error(exit_code, "standard output: " + fault);
  return exit_code;
}

}  // namespace orthocover
