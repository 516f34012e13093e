#pragma once

#include <chrono>
#include <filesystem>
#include <set>
#include <string>

namespace orthocover {

/// A name beside `target` that no other process uses, nor can guess, hidden, ending in the same extension:
/// `.STEM.MACHINE-PROCESS-N.EXTENSION`, with a long stem cut and N by chance. The machine is told by its
/// name, its start and its table of processes, so that machines and containers that share a disk know each
/// other's files, also where they have one name. What a machine has left before it was started anew counts as
/// another's.
std::filesystem::path temporary_beside(const std::filesystem::path& target);

/// The folder for files that nobody names.
/// @throws Error{Resource} when there is none
std::filesystem::path temporary_folder();

/// How long a temporary file of another machine, whose processes can't be seen, must have lain untouched,
/// with all others of that process.
constexpr std::chrono::hours kAbandonedAfter{24};

/// Removes from a folder what has a temporary name of one of the stems, and what lies beside such a file
/// (its name begins with two dots), where the process is gone. What can't be removed stays.
void remove_abandoned(const std::filesystem::path& folder, const std::set<std::string>& stems);

}  // namespace orthocover
