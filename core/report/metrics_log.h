#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace orthocover {

/// Whether a step is worth a record: every one at first, then about 250 for each doubling, so that runs of
/// any length, also those that end by time, are told in some hundred records.
/// @param step counted from 1
bool is_recorded_step(std::int64_t step);

/// Adds a record to a file, on the disk at once.
/// @throws Error{Resource} when the disk is full; nothing of the record is left then
void append_record(const std::filesystem::path& path, std::string_view record);

/// The course of a run as a file of one JSON object a line, each with at least `step`. Lines are on disk as
/// soon as they are written; a line that a kill has torn is dropped by the reader.
class MetricsLog {
 public:
  /// Goes on with an existing file: lines beyond `last_step` belong to what the run does again, and go.
  /// @throws Error{Resource} when the file can't be written
  MetricsLog(std::filesystem::path path, std::int64_t last_step);

  /// @param record an object with `step`
  /// @throws Error{Resource} when the disk is full
  void write(const nlohmann::ordered_json& record);

 private:
  std::filesystem::path m_path;
};

/// The records of a log in their order; none when the file is missing.
std::vector<nlohmann::json> read_metrics(const std::filesystem::path& path);

}  // namespace orthocover
