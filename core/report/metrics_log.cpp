#include "core/report/metrics_log.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"

namespace orthocover {

bool is_recorded_step(std::int64_t step) {
  constexpr std::uint64_t kDenseSteps = 250;
  const auto steps = static_cast<std::uint64_t>(step);
  return steps % std::bit_floor(std::max<std::uint64_t>(1, steps / kDenseSteps)) == 0;
}

namespace {

/// Nothing for what is no record, as a torn line.
std::optional<nlohmann::json> record_of(const std::string& line) {
  nlohmann::json record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool has_step =
      record.is_object() && record.contains("step") && record.at("step").is_number_integer();
  return has_step ? std::optional(std::move(record)) : std::nullopt;
}

}  // namespace

std::vector<nlohmann::json> read_metrics(const std::filesystem::path& path) {
  std::vector<nlohmann::json> records;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (auto record = record_of(line)) records.push_back(*std::move(record));
  return records;
}

MetricsLog::MetricsLog(std::filesystem::path path, std::int64_t last_step) : m_path(std::move(path)) {
  std::string kept;
  std::ifstream before(m_path);
  for (std::string line; std::getline(before, line);)
    if (const auto record = record_of(line); record && record->at("step") <= last_step) kept += line + '\n';
  write_file_atomically(m_path, kept);
}

void MetricsLog::write(const nlohmann::ordered_json& record) {
  append_record(m_path, json_line(record) + '\n');
}

void append_record(const std::filesystem::path& path, std::string_view record) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  std::error_code status;
  const std::uintmax_t size = std::filesystem::file_size(path, status);
  file << record;
  file.close();
  if (file && !status) return;
  const std::string reason = std::strerror(errno);
  if (!status) std::filesystem::resize_file(path, size, status);
  throw resource_error("{}: writing failed: {}", path.string(), reason);
}

}  // namespace orthocover
