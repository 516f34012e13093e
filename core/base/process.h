#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace orthocover {

/// Memory that the process holds now, 0 if unknown.
std::uint64_t resident_bytes();
/// Of these what no file stands for, 0 if unknown.
std::uint64_t private_bytes();
/// The most that it ever held, 0 if unknown.
std::uint64_t peak_resident_bytes();

/// Cores that the process may keep busy: those that it is bound to, less where a container's quota of
/// processor time is for less; at least 1.
int usable_cores();
/// As many as are wanted; 0: one for each of these.
inline int threads_or_all(int wanted) {
  return wanted > 0 ? wanted : usable_cores();
}
/// The last cache before memory, which cores share; 0 if unknown.
std::uint64_t shared_cache_bytes();
/// Folders of the control groups that the process is in, its own first: whichever limits most counts. For a
/// container, or if nothing is known, the folder of all.
/// @param root where they are mounted
/// @param membership what /proc/self/cgroup says
/// @param controller `cpu` or `memory`, which in version 1 have folders of their own
/// @source Linux, Documentation/admin-guide/cgroup-v2.rst, man page cgroups(7)
std::vector<std::filesystem::path> control_groups(const std::filesystem::path& root,
                                                  const std::string& membership,
                                                  const std::string& controller);
/// The same, of this machine.
std::vector<std::filesystem::path> control_groups(const std::string& controller);
/// The smallest quota in whole cores, rounded; 0 without one.
/// @source Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst
int cores_of_quota(const std::vector<std::filesystem::path>& groups);

/// A file as read_small_file() reads it, or all that another process writes into a pipe; of /dev/stdin what
/// is left, whatever it is.
/// @throws Error{Data} where there is none, or it has more than so many bytes
std::string read_file_or_pipe(const std::string& path, std::size_t limit_bytes);

}  // namespace orthocover
