#include "cli/signals.h"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace orthocover {
namespace {

// A signal handler can reach nothing but a global.
std::atomic<bool> stop{false};
std::atomic<int> first_signal{0};
std::atomic<std::int64_t> first_at_ms{INT64_MAX};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};

/// Some senders signal twice at once, `timeout` the process and its group; a person takes longer.
constexpr std::int64_t kOneSignalMs = 500;

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void on_signal(int signal) {
  stop = true;
  int none = 0;
  if (first_signal.compare_exchange_strong(none, signal)) {
    first_at_ms = now_ms();
    return;
  }
  if (now_ms() - first_at_ms < kOneSignalMs) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void on_child_signal(int) {
  stop = true;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

/// A pipe that nobody reads and a file that may grow no further are errors like a full disk.
void ignore_signals_of_writing() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

void install_signal_handlers() {
  for (const int signal : kStopSignals) {
    struct sigaction previous {};
    if (sigaction(signal, nullptr, &previous) == 0 && previous.sa_handler == SIG_IGN) continue;
    handle(signal, on_signal);
  }
  ignore_signals_of_writing();
}

void install_child_signal_handlers() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kStopSignals) {
    handle(signal, on_child_signal);
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  ignore_signals_of_writing();
}

void request_stop() {
  stop = true;
}

int stopped_exit_code(int otherwise) {
  const int signal = first_signal.load();
  return signal == 0 ? otherwise : 128 + signal;
}

bool stop_requested() {
  return stop.load();
}

}  // namespace orthocover
