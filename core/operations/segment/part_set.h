#pragma once

#include <string>
#include <vector>

#include "core/geometry/schedule.h"
#include "core/inference/scene_segmenter.h"
#include "core/operation/declaration.h"
#include "core/parts/part_reader.h"
#include "core/ports/geo_io.h"

namespace orthocover::operations {

/// The shards of one map, all of them, checked against each other and against what the map is to be.
class PartSet {
 public:
  /// @param map its place, for messages
  /// @param paths of the parts, in any order
  /// @param header what the whole map is to be; parts may hold confidence and probabilities that it lacks
  /// @param spec of `segment`; @param values its options, without a shard: for the command that makes what is
  /// missing
  /// @throws Error{Usage, Data} for a part that is missing, not finished, foreign or there twice, naming it
  PartSet(std::string map, const std::vector<std::string>& paths, const PartHeader& header,
          const OperationSpec& spec, const nlohmann::json& values, const GeoIo& geo);

  /// Gives the blocks of a schedule to the sinks, in its order.
  /// @throws Error{Data} when no part has one of them
  SegmentReport feed(const Schedule& schedule, const SegmentSinks& sinks, RunContext& context);

 private:
  struct Place {
    Window block;
    std::size_t part = 0;
    std::size_t index = 0;
  };

  void open(const std::string& path, const PartHeader& header, const OperationSpec& spec);
  void check_all_there(const OperationSpec& spec, const nlohmann::json& values, const GeoIo& geo) const;
  void find_blocks();

  std::string m_map;
  std::vector<PartReader> m_parts;
  std::vector<Place> m_places;  ///< sorted by row, column
};

}  // namespace orthocover::operations
