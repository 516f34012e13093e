#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace orthocover {

/// A linear algebra library that this process has loaded.
struct BlasLibrary {
  std::string name;      ///< `OpenBLAS`, `reference BLAS`, ...
  std::string path;      ///< the file that was loaded
  bool is_slow = false;  ///< the reference implementation
};

/// Tells BLAS libraries by their paths, one per name.
/// @param loaded paths of all libraries of a process
std::vector<BlasLibrary> blas_among(const std::vector<std::string>& loaded);

/// Paths of the libraries that this process has loaded, links resolved.
std::vector<std::string> loaded_libraries();

/// Memory of the machine, or of the container where that is less.
struct MemoryFacts {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;
};
MemoryFacts memory_facts();

/// Models of the NVIDIA cards that the kernel's driver knows; they need not be usable.
std::vector<std::string> nvidia_cards();

/// Whether a file can be written there, tried.
bool is_writable_folder(const std::filesystem::path& folder);

}  // namespace orthocover
