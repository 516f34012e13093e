#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "cli/signals.h"
#include "core/base/json_text.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr auto kBarInterval = std::chrono::milliseconds(100);
constexpr auto kJsonInterval = std::chrono::milliseconds(500);
constexpr int kBarCells = 30;

void write_error(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void write_event(const nlohmann::ordered_json& event) {
  write_error(json_line(event) + "\n");
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string time_left(double fraction, double elapsed_seconds) {
  if (fraction <= 0.01 || elapsed_seconds < 2 || fraction >= 1) return "";
  return "  " + format_duration(elapsed_seconds * (1 - fraction) / fraction) + " left";
}

std::string word_of(int exit_code) {
  // Signals have codes of their own from 128 on.
  if (exit_code > 128) exit_code = static_cast<int>(ErrorKind::Cancelled);
  return to_lower(to_string(static_cast<ErrorKind>(exit_code)));
}

}  // namespace

Console::Console(std::string name, ProgressStyle style, bool quiet)
    : m_name(std::move(name)),
      m_style(style),
      m_quiet(quiet),
      m_pace(style == ProgressStyle::Bar ? kBarInterval : kJsonInterval) {}

Console::~Console() {
  clear_bar();
}

void Console::progress(double fraction, std::string_view stage) {
  if (m_style == ProgressStyle::None || m_quiet) return;
  const std::lock_guard lock(m_mutex);
  if (!m_pace.is_due(fraction)) return;
  fraction = m_pace.fraction();
  if (m_style == ProgressStyle::Json)
    write_event({{"event", "progress"}, {"fraction", std::round(fraction * 1e4) / 1e4}, {"stage", stage}});
  else
    draw_bar(fraction, stage);
}

void Console::draw_bar(double fraction, std::string_view stage) {
  const auto cells = static_cast<std::size_t>(std::lround(fraction * kBarCells));
  const double elapsed = std::chrono::duration<double>(ProgressPace::Clock::now() - m_start).count();
  const std::string line =
      fmt::format("[{:<{}}] {:3.0f} %  {}{}", std::string(cells, '='), kBarCells, std::floor(fraction * 100),
                  one_line(stage), time_left(fraction, elapsed));
  constexpr std::size_t kRoom = 4;  // for "..." and the cursor
  write_error("\r\x1b[K" + shortened(line, std::max(terminal_columns(), kRoom) - kRoom));
  m_bar_visible = true;
}

void Console::clear_bar() {
  if (m_bar_visible) write_error("\r\x1b[K");
  m_bar_visible = false;
}

void Console::log(LogLevel level, std::string_view message) {
  const bool warning = level == LogLevel::Warning;
  if (m_quiet && !warning) return;
  const std::lock_guard lock(m_mutex);
  const std::string line = one_line(message);
  if (m_style == ProgressStyle::Json) {
    return write_event({{"event", warning ? "warning" : "info"}, {"message", line}});
  }
  clear_bar();
  write_error(fmt::format("orthocover {}: {}{}\n", m_name, warning ? "warning: " : "", line));
}

void Console::error(int exit_code, std::string_view message) {
  const std::lock_guard lock(m_mutex);
  const std::string line = one_line(message);
  if (m_style == ProgressStyle::Json) {
    return write_event(
        {{"event", "error"}, {"kind", word_of(exit_code)}, {"exit_code", exit_code}, {"message", line}});
  }
  clear_bar();
  write_error(fmt::format("orthocover{}{}: {}\n", m_name.empty() ? "" : " ", m_name, line));
}

bool Console::cancelled() const {
  return stop_requested();
}

void print(std::string_view text) {
  const std::string shown = printable(text);
  const bool written =
      std::fwrite(shown.data(), 1, shown.size(), stdout) == shown.size() && std::fflush(stdout) == 0;
  if (!written && errno != EPIPE) throw resource_error("standard output: {}", std::strerror(errno));
}

}  // namespace orthocover
