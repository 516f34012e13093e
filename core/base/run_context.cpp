#include "core/base/run_context.h"

#include <algorithm>

#include "core/base/error.h"

namespace orthocover {

void RunContext::progress(double /*fraction*/, std::string_view /*stage*/) {}

void RunContext::log(LogLevel /*level*/, std::string_view /*message*/) {}

bool RunContext::cancelled() const {
  return false;
}

void RunContext::check_cancelled() const {
  if (cancelled()) throw Error(ErrorKind::Cancelled, "cancelled; no output was written");
}

void SubContext::progress(double fraction, std::string_view stage) {
  m_parent.progress(m_begin + (m_end - m_begin) * std::clamp(fraction, 0.0, 1.0), stage);
}

void SubContext::log(LogLevel level, std::string_view message) {
  m_parent.log(level, message);
}

bool SubContext::cancelled() const {
  return m_parent.cancelled();
}

}  // namespace orthocover
