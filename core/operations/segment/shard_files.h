#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/operation/operation.h"
#include "core/parts/part_format.h"

namespace orthocover::operations {

/// Most shards that a scene or a batch is cut into.
inline constexpr int kMostShards = 10000;

/// `2/4`: the second of four.
/// @throws Error{Usage}, also for `auto`, which the program replaces before an operation runs
ShardNumber parse_shard(const std::string& text);
std::string to_string(const ShardNumber& shard);

/// `map.tif.shard-2-of-4`.
std::filesystem::path shard_path(const std::string& map, const ShardNumber& shard);

/// A command of the shell that runs an operation with the options of GDAL that this run has.
std::string command_here(const OperationSpec& operation, const nlohmann::json& values, const GeoIo& geo);
/// The one that makes a shard.
/// @param segment its declaration
/// @param values of a run that maps the whole
std::string shard_command(const ShardNumber& shard, const OperationSpec& segment, nlohmann::json values,
                          const GeoIo& geo);

/// The shards of a map that lie beside its place, finished ones, by number.
/// @throws Error{Usage} when there are some of different counts, naming two
std::vector<std::string> find_shards(const std::string& map);

}  // namespace orthocover::operations
