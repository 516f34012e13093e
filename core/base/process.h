#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

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
/// A quota in whole cores, rounded; 0 without one.
/// @param groups folder of the control groups, version 2 or 1
/// @source Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst
int cores_of_quota(const std::filesystem::path& groups);

/// A file as read_small_file() reads it, or all that another process writes into a pipe.
/// @throws Error{Data} where there is none, or it has more than so many bytes
std::string read_file_or_pipe(const std::string& path, std::size_t limit_bytes);

}  // namespace orthocover
