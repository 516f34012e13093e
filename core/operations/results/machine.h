#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace orthocover {

/// A linear algebra library.
struct BlasLibrary {
  std::string name;      ///< `OpenBLAS`, `reference BLAS`, ...; `BLAS of an unknown kind`
  std::string path;      ///< the file that was loaded
  bool is_slow = false;  ///< the reference implementation
};

/// Tells a BLAS library by the path of its file, links resolved.
BlasLibrary identify_blas(const std::string& path);

/// Memory of the machine, or of the container where that is less.
struct MemoryFacts {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;
};
MemoryFacts memory_facts();
/// Lowers them to the limits of control groups, of which files that can be given back take nothing.
/// @param groups control_groups() for `memory`
/// @source Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst
void limit_to_groups(const std::vector<std::filesystem::path>& groups, MemoryFacts& facts);

/// Models of the NVIDIA cards that the kernel's driver knows; they need not be usable.
std::vector<std::string> nvidia_cards();

/// Whether a file can be written there, tried.
bool is_writable_folder(const std::filesystem::path& folder);

}  // namespace orthocover
