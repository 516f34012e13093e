#include "core/base/temporary_name.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "core/base/error.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// Names may have 255 bytes, and some are for what tells temporary ones apart and what lies beside them.
constexpr std::size_t kMostStemBytes = 180;

struct Maker {
  std::uint32_t machine = 0;
  int process = 0;
  auto operator<=>(const Maker&) const = default;
};

/// As much of a stem as temporary names have, whole characters.
std::string short_stem(const std::string& stem) {
  std::size_t bytes = std::min(stem.size(), kMostStemBytes);
  while (bytes < stem.size() && bytes > 0 && (static_cast<unsigned char>(stem[bytes]) & 0xC0U) == 0x80U)
    --bytes;
  return stem.substr(0, bytes);
}

/// FNV-1a of the machine's name, of its start, and of its table of processes (its own in each container, of
/// one number on all machines outside of them).
std::uint32_t this_machine() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  struct stat processes {};
  ::stat("/proc/self/ns/pid", &processes);
  std::string start;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> start;
  std::uint32_t hash = 2166136261U;
  for (const char letter : fmt::format("{} {} {}", name.data(), start, processes.st_ino))
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

/// Of a process of this machine; one that ended, and that nobody has asked for its status, is gone.
bool is_gone(int process) {
  if (::kill(process, 0) != 0) return errno == ESRCH;
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string facts{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = facts.rfind(')');
  return name_end != std::string::npos && name_end + 2 < facts.size() &&
         (facts[name_end + 2] == 'Z' || facts[name_end + 2] == 'X');
}

/// When a file, or anything in a folder, was last written to.
fs::file_time_type touched(const fs::path& path) {
  std::error_code ignored;
  fs::file_time_type newest = fs::last_write_time(path, ignored);
  for (fs::recursive_directory_iterator at(path, ignored); at != fs::recursive_directory_iterator();
       at.increment(ignored))
    newest = std::max(newest, fs::last_write_time(at->path(), ignored));
  return newest;
}

/// @param files of one process
bool are_abandoned(const std::vector<fs::path>& files, const Maker& maker) {
  if (maker.machine == this_machine()) return is_gone(maker.process);
  // One of them grows for as long as the process works, though others wait for its end.
  const auto now = fs::file_time_type::clock::now();
  return std::ranges::all_of(files,
                             [&](const fs::path& file) { return now - touched(file) > kAbandonedAfter; });
}

}  // namespace

std::filesystem::path temporary_folder() {
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (failed) throw resource_error("there is no temporary folder ({}); set TMPDIR", failed.message());
  return folder;
}

fs::path temporary_beside(const fs::path& target) {
  // Whoever may write to the folder could else lay a link there that leads to a file of the user's.
  std::random_device random;
  const std::uint64_t number = std::uint64_t{random()} << 32 | random();
  const auto name = fmt::format(".{}.{:08x}-{}-{}{}", short_stem(target.stem().string()), this_machine(),
                                getpid(), number, target.extension().string());
  return target.parent_path() / name;
}

void remove_abandoned(const fs::path& folder, const std::set<std::string>& stems) {
  std::set<std::string> short_stems;
  for (const std::string& stem : stems) short_stems.insert(short_stem(stem));
  std::map<Maker, std::vector<fs::path>> found;
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored); at != fs::directory_iterator(); at.increment(ignored)) {
    if (const auto maker = maker_of(at->path().filename().string(), short_stems))
      found[*maker].push_back(at->path());
  }
  for (const auto& [maker, files] : found) {
    if (!are_abandoned(files, maker)) continue;
    for (const fs::path& file : files) fs::remove_all(file, ignored);
  }
}

}  // namespace orthocover
