#include "core/base/temporary_name.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <optional>
#include <vector>

namespace orthocover {
namespace {

namespace fs = std::filesystem;

struct Maker {
  std::uint32_t machine = 0;
  int process = 0;
};

/// FNV-1a of the machine's name and of its table of processes (its own in each container).
std::uint32_t this_machine() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  struct stat processes {};
  ::stat("/proc/self/ns/pid", &processes);
  std::uint32_t hash = 2166136261U;
  for (const char letter : fmt::format("{} {}", name.data(), processes.st_ino))
    hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
  return hash;
}

/// Reads `MACHINE-PROCESS-N` at the beginning of a text.
std::optional<Maker> read_maker(std::string_view text) {
  Maker maker;
  const char* end = text.data() + text.size();
  const auto [dash, machine] = std::from_chars(text.data(), end, maker.machine, 16);
  if (machine != std::errc() || dash != text.data() + 8 || dash == end || *dash != '-') return std::nullopt;
  const auto [second, process] = std::from_chars(dash + 1, end, maker.process);
  const bool fits = process == std::errc() && maker.process > 0 && end - second > 1 && *second == '-' &&
                    second[1] >= '0' && second[1] <= '9';
  return fits ? std::optional(maker) : std::nullopt;
}

/// Who made a file of a temporary name of one of the stems; nothing for other names.
std::optional<Maker> maker_of(const std::string& name, const std::set<std::string>& stems) {
  const std::size_t first = std::min(name.find_first_not_of('.'), name.size());
  if (first == 0) return std::nullopt;
  for (std::size_t dot = name.find('.', first); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (stems.count(name.substr(first, dot - first)) == 0) continue;
    if (const auto maker = read_maker(std::string_view(name).substr(dot + 1))) return maker;
  }
  return std::nullopt;
}

bool is_abandoned(const fs::path& path, const Maker& maker) {
  if (maker.machine == this_machine()) return ::kill(maker.process, 0) != 0 && errno == ESRCH;
  std::error_code status;
  const auto touched = fs::last_write_time(path, status);
  return !status && fs::file_time_type::clock::now() - touched > kAbandonedAfter;
}

}  // namespace

fs::path temporary_beside(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  const auto name = fmt::format(".{}.{:08x}-{}-{}{}", target.stem().string(), this_machine(), getpid(),
                                counter++, target.extension().string());
  return target.parent_path() / name;
}

void remove_abandoned(const fs::path& folder, const std::set<std::string>& stems) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored); at != fs::directory_iterator(); at.increment(ignored)) {
    const auto maker = maker_of(at->path().filename().string(), stems);
    if (maker && is_abandoned(at->path(), *maker)) found.push_back(at->path());
  }
  for (const fs::path& file : found) fs::remove_all(file, ignored);
}

}  // namespace orthocover
