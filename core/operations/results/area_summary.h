#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/metrics/ground_area.h"

namespace orthocover::operations {

/// How much there is of one class.
struct SummaryRow {
  std::optional<std::int64_t> value;  ///< nothing where a layer knows its classes by names alone
  std::string name;
  GroundArea area;
  std::optional<Color> color = std::nullopt;  ///< where the map or the legend has one
};

/// The whole map, or one zone.
struct SummaryBlock {
  std::int64_t zone_id = 0;
  std::string zone;              ///< name of the zone
  std::vector<SummaryRow> rows;  ///< the same classes in each block
  GroundArea nodata;             ///< ground of the map without class
  double whole_pixels = 0;       ///< planar size of the zone, of which part may lie beyond the map

  GroundArea mapped() const;
  /// Share of the zone, or the map, that has a class; planar, 0..1.
  double mapped_share() const;
};

/// What the areas are measured in.
enum class AreaUnit { SquareMetres, MapUnits, Pixels };

/// `m2`, `map units2`, `pixels`.
std::string to_string(AreaUnit unit);

/// Area per class of a map.
struct AreaSummary {
  std::string map;
  std::optional<std::string> zones;  ///< nothing: there is one block, the whole map
  AreaUnit unit = AreaUnit::SquareMetres;
  bool has_pixels = false;  ///< the map is a raster
  std::vector<SummaryBlock> blocks;
};

/// For people: aligned, a block for each zone.
std::string summary_table(const AreaSummary& summary);
/// One line for each zone and class, all numbers in full.
std::string summary_csv(const AreaSummary& summary);
/// For OperationResult::report: `unit`, and `areas` and `nodata` of the whole map or `zones` as in
/// summary_json().
nlohmann::json summary_report(const AreaSummary& summary);
/// By schemas/summary/v1.
nlohmann::ordered_json summary_json(const AreaSummary& summary);

}  // namespace orthocover::operations
