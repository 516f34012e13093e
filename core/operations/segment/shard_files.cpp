#include "core/operations/segment/shard_files.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/pending_output.h"
#include "core/base/text.h"
#include "core/operation/command_text.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".shard-";
constexpr std::string_view kOf = "-of-";

/// A number without sign at the whole of a text; 0 when it is none.
int number_in(std::string_view text) {
  return text.starts_with('-') ? 0 : number_of<int>(text).value_or(0);
}

std::optional<ShardNumber> numbers(std::string_view text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const ShardNumber shard{number_in(text.substr(0, at)), number_in(text.substr(at + separator.size()))};
  if (shard.index < 1 || shard.index > shard.count || shard.count > kMostShards) return std::nullopt;
  return shard;
}

}  // namespace

ShardNumber parse_shard(const std::string& text) {
  if (const auto shard = numbers(text, "/")) return *shard;
  throw usage_error("--shard: '{}' is no shard; give I/N with 1 <= I <= N <= {}, as 2/4, or auto", text,
                    kMostShards);
}

std::string to_string(const ShardNumber& shard) {
  return fmt::format("{}/{}", shard.index, shard.count);
}

std::string command_here(const OperationSpec& operation, const nlohmann::json& values, const GeoIo& geo) {
  std::string command = command_text(operation, values);
  std::string options;
  for (const std::string& option : geo.options()) options += " --gdal " + shell_word(option);
  return command.insert(command.find(' ', command.find(' ') + 1), options);  // behind the operation's name
}

std::string shard_command(const ShardNumber& shard, const OperationSpec& segment, nlohmann::json values,
                          const GeoIo& geo) {
  values["shard"] = to_string(shard);
  values["resume"] = true;
  for (const char* key : {"merge_across", "summary"}) values.erase(key);  // of the whole, not of a shard
  return command_here(segment, values, geo);
}

fs::path shard_path(const std::string& map, const ShardNumber& shard) {
  return fmt::format("{}{}{}{}{}", map, kMark, shard.index, kOf, shard.count);
}

std::vector<std::string> find_shards(const std::string& map) {
  const fs::path target(map);
  const std::string head = target.filename().string() + std::string(kMark);
  std::vector<std::pair<ShardNumber, std::string>> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_of(target), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(head)) continue;
    if (const auto shard = numbers(std::string_view(name).substr(head.size()), kOf))
      found.emplace_back(*shard, shard_path(map, *shard).string());
  }
  std::ranges::sort(found, {},
                    [](const auto& entry) { return std::pair(entry.first.count, entry.first.index); });
  if (!found.empty() && found.front().first.count != found.back().first.count)
    throw usage_error("{} and {} are of different divisions of the map; move those of one away",
                      found.front().second, found.back().second);
  std::vector<std::string> paths;
  for (const auto& [shard, path] : found) paths.push_back(path);
  return paths;
}

}  // namespace orthocover::operations
