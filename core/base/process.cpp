#include "core/base/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace orthocover {

namespace fs = std::filesystem;

namespace {

struct Resident {
  std::uint64_t all = 0, of_files = 0;
};

Resident resident() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  Resident pages;
  statm >> size >> pages.all >> pages.of_files;
  if (!statm) return {};
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return {pages.all * page, pages.of_files * page};
}

}  // namespace

std::uint64_t resident_bytes() {
  return resident().all;
}

std::uint64_t private_bytes() {
  const Resident now = resident();
  return now.all - now.of_files;
}

std::uint64_t peak_resident_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

int usable_cores() {
  const auto cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int quota = cores_of_quota(control_groups("cpu"));
  return quota > 0 ? std::min(cores, quota) : cores;
}

std::uint64_t shared_cache_bytes() {
#ifdef _SC_LEVEL3_CACHE_SIZE
  return static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_LEVEL3_CACHE_SIZE)));
#else
  return 0;
#endif
}

std::vector<fs::path> control_groups(const fs::path& root, const std::string& membership,
                                     const std::string& controller) {
  std::vector<fs::path> folders;
  // A line is `number:controllers:/group`; version 2 has none of the first two.
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const bool is_newer = controllers == ",,";
    if (!is_newer && controllers.find("," + controller + ",") == line.npos) continue;
    const fs::path top = is_newer ? root : root / controller;
    fs::path group = fs::path(line.substr(second + 1)).relative_path().lexically_normal();
    for (; !group.empty(); group = group.parent_path()) folders.push_back(top / group);
  }
  folders.push_back(root);
  folders.push_back(root / controller);
  return folders;
}

std::vector<fs::path> control_groups(const std::string& controller) {
  std::ifstream file("/proc/self/cgroup");
  return control_groups("/sys/fs/cgroup", {std::istreambuf_iterator<char>(file), {}}, controller);
}

int cores_of_quota(const std::vector<fs::path>& groups) {
  int least = 0;
  for (const auto& group : groups) {
    double quota_us = 0, period_us = 0;
    std::ifstream newer(group / "cpu.max");  // `max 100000` without a limit
    if (!(newer >> quota_us >> period_us)) {
      std::ifstream(group / "cpu.cfs_quota_us") >> quota_us;  // -1 without a limit
      std::ifstream(group / "cpu.cfs_period_us") >> period_us;
    }
    if (!(quota_us > 0) || !(period_us > 0)) continue;
    const int cores = std::max(1, static_cast<int>(std::lround(std::min(quota_us / period_us, 1e6))));
    least = least == 0 ? cores : std::min(least, cores);
  }
  return least;
}

std::string read_file_or_pipe(const std::string& path, std::size_t limit_bytes) {
  std::error_code none;
  const bool is_input = path == "/dev/stdin";  // by name it would begin anew
  if (!is_input && !fs::is_fifo(path, none)) return read_small_file(path, limit_bytes);
  std::ifstream pipe(path);
  if (!is_input && !pipe) throw data_error("{}: reading failed", path);
  std::istream& from = is_input ? std::cin : pipe;
  std::string content;
  for (char c = 0; content.size() <= limit_bytes && from.get(c);) content += c;
  if (content.size() > limit_bytes) throw data_error("{}: more than {} bytes came", path, limit_bytes);
  return content;
}

}  // namespace orthocover
