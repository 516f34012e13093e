#include "core/operations/results/machine.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/scratch_file.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// What a part of a library's path says about it.
struct BlasName {
  const char* part;
  const char* name;
  bool is_slow;
};

constexpr BlasName kBlasNames[] = {
    {"libmkl", "Intel MKL", false},    {"openblas", "OpenBLAS", false},        {"blis", "BLIS", false},
    {"armpl", "Arm PL", false},        {"nvpl", "NVIDIA NVPL", false},         {"atlas", "ATLAS", false},
    {"flexiblas", "FlexiBLAS", false}, {"libblas.so", "reference BLAS", true},
};

/// A number in a file of a control group; nothing where the file says `max`.
std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::uint64_t value = 0;
  return stream >> value ? std::optional(value) : std::nullopt;
}

/// Bytes of files that the kernel lets go when others want their memory.
std::uint64_t reclaimable_bytes(const fs::path& statistics) {
  std::ifstream stream(statistics);
  std::uint64_t own = 0;
  std::uint64_t with_groups_below = 0;  // version 1 has both
  std::string name;
  for (std::uint64_t value = 0; stream >> name >> value;) {
    if (name == "inactive_file" || name == "active_file") own += value;
    if (name == "total_inactive_file" || name == "total_active_file") with_groups_below += value;
  }
  return std::max(own, with_groups_below);
}

}  // namespace

void limit_to_groups(const std::vector<fs::path>& groups, MemoryFacts& facts) {
  for (const fs::path& group : groups) {
    std::error_code ignored;
    const bool is_newer = fs::exists(group / "memory.max", ignored);
    const auto limit = number_in(group / (is_newer ? "memory.max" : "memory.limit_in_bytes"));
    const auto charged = number_in(group / (is_newer ? "memory.current" : "memory.usage_in_bytes"));
    if (!limit) continue;
    facts.total_bytes = std::min(facts.total_bytes, *limit);
    if (!charged) continue;
    const std::uint64_t used = *charged - std::min(*charged, reclaimable_bytes(group / "memory.stat"));
    facts.available_bytes = std::min(facts.available_bytes, *limit - std::min(*limit, used));
  }
}

BlasLibrary identify_blas(const std::string& path) {
  // The first name that fits counts: optimised libraries may lie in folders of their own as libblas.so, too.
  const auto* fits = std::ranges::find_if(
      kBlasNames, [&](const BlasName& name) { return to_lower(path).find(name.part) != std::string::npos; });
  if (fits == std::end(kBlasNames)) return {"BLAS of an unknown kind", path, false};
  return {fits->name, path, fits->is_slow};
}

MemoryFacts memory_facts() {
  MemoryFacts facts;
  std::ifstream stream("/proc/meminfo");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t kibibytes = 0;
    fields >> name >> kibibytes;
    if (name == "MemTotal:") facts.total_bytes = kibibytes << 10;
    if (name == "MemAvailable:") facts.available_bytes = kibibytes << 10;
  }
  limit_to_groups(control_groups("memory"), facts);
  return facts;
}

std::vector<std::string> nvidia_cards() {
  static constexpr std::string_view kModel = "Model:";
  std::vector<std::string> cards;
  std::error_code ignored;
  for (const auto& card : fs::directory_iterator("/proc/driver/nvidia/gpus", ignored)) {
    std::ifstream stream(card.path() / "information");
    for (std::string line; std::getline(stream, line);) {
      if (line.starts_with(kModel)) cards.push_back(one_line(line.substr(kModel.size())));
    }
  }
  return cards;
}

bool is_writable_folder(const fs::path& folder) {
  try {
    ScratchFile file(folder);
    file.write(0, std::vector<std::byte>(1));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace orthocover
