#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/geo_io.h"

namespace orthocover::operations {

/// Digest of files that need not be read whole: SHA-256 over the size, the time of the last change and up to
/// 64 evenly spread blocks of 16 KiB of each, first and last among them; fewer blocks, but two, where the
/// files are many. Other content with the old time is told apart by the blocks, a change between the blocks
/// by the time.
/// @return nothing when one of them is no file on a disk, so that nobody can tell whether it changed
/// @cost reads at most 1 MiB of each file, and 64 MiB of up to 2048 files together
std::optional<std::string> digest_of_files(const std::vector<std::string>& files);

/// Adds GDAL's options but those of servers and speed.
void count_gdal_options(const GeoIo& geo, nlohmann::json& counted);

/// What a result depends on, as digests.
struct RunPrint {
  std::optional<std::string> scene;  ///< nothing: can't be told
  std::string model;
  std::string options;
  std::string path{};  ///< of the scene; empty: of several
};

/// The files that a run leaves beside its record.
/// @param outputs that the user asked for; what their formats put beside them is found
std::vector<std::string> files_with_sidecars(const std::vector<std::string>& outputs);

/// What a run record says of its own completeness and of its files, for `orthocover.resume`.
/// @param complete false before the first output gets its name, true once all have theirs
/// @param files named relative to the record's folder
nlohmann::json resume_facts(const std::filesystem::path& record, const RunPrint& print,
                            const std::vector<std::string>& files, bool complete);

/// What an earlier run left at the place of a run record.
class EarlierRun {
 public:
  /// Reads a record; one that is missing or can't be read is no error.
  /// @param operation whose record it must be
  EarlierRun(const std::filesystem::path& record, const std::string& operation);

  /// Why the record can't be used, for a warning; empty when it can or there is none.
  const std::string& fault() const { return m_fault; }
  /// Whether a file is this run's own; none is where the record can't be read.
  bool wrote(const std::string& file) const;
  /// The scene that the outputs are of, where it is another file with other pixels; empty otherwise.
  std::string other_scene(const RunPrint& now) const;
  /// Whether there is anything to go on from.
  bool exists() const { return m_exists; }
  /// Why the scene has to be done again, in a few words; empty when all is there and nothing changed.
  std::string reason_to_redo(const RunPrint& now, const std::vector<std::string>& outputs) const;
  /// Names of its outputs that a new run with these outputs does not make again, without what lies beside
  /// them.
  std::vector<std::string> left_by(const std::vector<std::string>& outputs) const;
  /// What the record says under `orthocover`.
  const nlohmann::json& facts() const { return m_facts; }

 private:
  void read(const std::filesystem::path& record, const std::string& operation);

  bool m_exists = false;
  bool m_complete = false;
  std::string m_fault;
  RunPrint m_print;
  std::string m_scene;  ///< a whole path, or what it is read from; empty in records that don't tell
  std::vector<std::filesystem::path> m_files;
  std::vector<std::uintmax_t> m_bytes;  ///< of them, when they were written; empty in records that don't tell
  nlohmann::json m_facts = nlohmann::json::object();
};

/// @throws Error{Usage} where an output that would be replaced is of another scene of its name
void refuse_other_scene(const EarlierRun& earlier, const RunPrint& now, const std::string& output);

/// Removes what a run that was killed left under temporary names beside `outputs`, that of a run record of
/// theirs too: remove_abandoned() in their folders.
void remove_leftovers(const std::vector<std::string>& outputs);

}  // namespace orthocover::operations
