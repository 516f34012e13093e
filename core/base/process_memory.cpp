#include "core/base/process_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace orthocover {

namespace {

struct Resident {
  std::uint64_t all = 0;
  std::uint64_t of_files = 0;
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

}  // namespace orthocover
