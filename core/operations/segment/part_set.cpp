#include "core/operations/segment/part_set.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/stopwatch.h"
#include "core/inference/part_recorder.h"
#include "core/operations/segment/scene_journal.h"
#include "core/operations/segment/shard_files.h"

namespace orthocover::operations {
namespace {

std::pair<std::int64_t, std::int64_t> corner(const Window& block) {
  return {block.row, block.col};
}

}  // namespace

PartSet::PartSet(std::string map, const std::vector<std::string>& paths, const PartHeader& header,
                 const OperationSpec& spec, const nlohmann::json& values, const GeoIo& geo)
    : m_map(std::move(map)) {
  if (paths.empty()) {
    const auto scenes = values.find("input");
    const bool are_many = scenes != values.end() && scenes->is_array() && scenes->size() > 1;
    std::error_code ignored;
    const bool is_there = std::filesystem::exists(m_map, ignored);
    throw usage_error(
        "{}: is {}; make {}", m_map,
        is_there ? "not as wanted, and has no parts to be merged again" : "not there, nor are parts of it",
        are_many ? "what is missing with segment --resume on the same scenes"
                 : "them with: " + shard_command({1, 2}, spec, values, geo) + " (and so on)");
  }
  for (const std::string& path : paths) open(path, header, spec);
  check_all_there(spec, values, geo);
  find_blocks();
}

void PartSet::open(const std::string& path, const PartHeader& header, const OperationSpec& spec) {
  if (std::error_code ignored; std::filesystem::is_directory(path, ignored))
    throw usage_error("--parts: {} is a folder; name the parts in it", path);
  PartReader part = PartReader::open(path);
  if (!part.header())
    throw data_error("{}: is damaged or cut off within its header; delete it and make it again", path);
  const PartHeader& own = *part.header();
  if (own.shard.is_whole()) throw usage_error("{}: is the journal of a whole map, not a shard", path);
  if (!part.complete()) throw data_error("{}: is damaged or cut off; delete it and make it again", path);
  PartHeader wanted = header;
  wanted.shard = own.shard;
  if (!wanted.confidence) wanted.confidence = own.confidence;
  if (wanted.probabilities == 0) wanted.probabilities = own.probabilities;
  const std::string reason = difference(part, wanted, spec);
  if (!reason.empty()) throw usage_error("{}: is no part of this map: {}", path, reason);
  for (const PartReader& other : m_parts) {
    const ShardNumber& shard = other.header()->shard;
    if (shard == own.shard)
      throw usage_error("{} and {} are both shard {}; leave one out", other.path(), path, to_string(shard));
    if (shard.count != own.shard.count)
      throw usage_error("{} and {} are of different divisions of the map: {} and {}", other.path(), path,
                        to_string(shard), to_string(own.shard));
  }
  m_parts.push_back(std::move(part));
}

void PartSet::check_all_there(const OperationSpec& spec, const nlohmann::json& values,
                              const GeoIo& geo) const {
  ShardNumber shard{1, m_parts.front().header()->shard.count};
  for (; shard.index <= shard.count; ++shard.index) {
    const auto has = [&](const PartReader& part) { return part.header()->shard == shard; };
    if (std::ranges::any_of(m_parts, has)) continue;
    throw usage_error("{}: is missing; make it with: {}", shard_path(m_map, shard).string(),
                      shard_command(shard, spec, values, geo));
  }
}

void PartSet::find_blocks() {
  for (std::size_t part = 0; part < m_parts.size(); ++part) {
    const std::vector<Window>& blocks = m_parts[part].blocks();
    for (std::size_t i = 0; i < blocks.size(); ++i) m_places.push_back({blocks[i], part, i});
  }
  std::ranges::sort(m_places, {}, [](const Place& place) { return corner(place.block); });
  const auto twice =
      std::ranges::adjacent_find(m_places, {}, [](const Place& place) { return corner(place.block); });
  if (twice != m_places.end())
    throw data_error("{} and {} both hold the block at {}; make one of them again",
                     m_parts[twice->part].path(), m_parts[std::next(twice)->part].path(),
                     orthocover::to_string(twice->block));
}

SegmentReport PartSet::feed(const Schedule& schedule, const SegmentSinks& sinks, RunContext& context) {
  const Stopwatch watch;
  SegmentReport report;
  double done = 0;
  for (const ScheduleBlock& block : schedule.blocks) {
    context.check_cancelled();
    const auto place = std::ranges::lower_bound(m_places, corner(block.window), {},
                                                [](const Place& entry) { return corner(entry.block); });
    if (place == m_places.end() || !(place->block == block.window))
      throw data_error("{}: no part holds the block at {}; make the parts again", m_map,
                       orthocover::to_string(block.window));
    PartReader& part = m_parts[place->part];
    replay(part.read(place->index), *part.header(), sinks, report.counts);
    context.progress(++done / static_cast<double>(schedule.blocks.size()), m_map);
  }
  for (const PartReader& part : m_parts)
    report.unreadable.insert(report.unreadable.end(), part.unreadable().begin(), part.unreadable().end());
  report.wall_seconds = report.write_seconds = watch.seconds();
  return report;
}

}  // namespace orthocover::operations
