#include "core/operations/results/map_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/metrics/class_areas.h"
#include "core/metrics/pixel_coverage.h"
#include "core/operations/batch/input_guard.h"

namespace orthocover::operations {
namespace {

constexpr std::size_t kMaxShown = 5;

/// What was measured: a table of classes, and how much of each there is in each block.
struct Measured {
  std::vector<PolygonClass> classes;
  std::vector<ClassAreas<std::size_t>> blocks;  ///< by position in `classes`
};

/// Finds ground under several polygons of a layer, on the grid that is laid over it.
class OverlapFinder {
 public:
  explicit OverlapFinder(const RasterInfo& grid)
      : m_cols(grid.cols), m_rows(grid.rows), m_steps(static_cast<std::size_t>((m_cols + 1) * m_rows)) {}

  void add(const RasterPolygon& polygon) {
    PixelCoverage coverage(polygon, m_cols, m_rows);
    for (std::int64_t row = coverage.first_row(); row < coverage.end_row(); ++row) {
      coverage.read_row(row, m_spans);
      double* const steps = m_steps.data() + row * (m_cols + 1);
      for (const CoverageSpan& span : m_spans) steps[span.begin] += span.share, steps[span.end] -= span.share;
    }
  }

  /// How much counts again, as part of the covered ground: 2 where everything lies under three polygons.
  double share() const {
    double covered = 0;
    double again = 0;
    for (std::int64_t row = 0; row < m_rows; ++row) {
      double polygons = 0;
      for (std::int64_t col = 0; col < m_cols; ++col) {
        polygons += m_steps[static_cast<std::size_t>(row * (m_cols + 1) + col)];
        covered += std::min(polygons, 1.0);
        again += std::max(polygons - 1, 0.0);
      }
    }
    return covered > 0 ? again / covered : 0;
  }

 private:
  std::int64_t m_cols;
  std::int64_t m_rows;
  std::vector<double> m_steps;  ///< change of the number of polygons from a cell on; @shape [rows, cols + 1]
  std::vector<CoverageSpan> m_spans;
};

/// Tells how a map's ground is measured, and warns where it can't be told in metres.
AreaScale scale_of(const RasterInfo& info, GeoIo& geo, AreaUnit& unit, RunContext& context) {
  if (auto scale = geo.area_scale(info)) {
    unit = AreaUnit::SquareMetres;
    return *std::move(scale);
  }
  if (!info.georeference.geotransform) {
    unit = AreaUnit::Pixels;
    context.log(LogLevel::Warning,
                fmt::format("{}: has no CRS and no geotransform, areas are in pixels; {}", info.path,
                            info.control_points > 0 ? "warp it by its ground control points: gdalwarp"
                                                    : "give it its place: gdal_edit.py -a_srs -a_ullr"));
    return AreaScale(1);
  }
  unit = AreaUnit::MapUnits;
  context.log(LogLevel::Warning,
              fmt::format("{}: has no CRS{}, areas are in square map units, not in m2; give it its CRS",
                          info.path, info.georeference.crs_wkt.empty() ? "" : " that fits its coordinates"));
  const std::array<double, 6>& g = *info.georeference.geotransform;
  return AreaScale(std::abs(g[1] * g[5] - g[2] * g[4]));
}

/// Warns of zones without ground of the map.
void check_zones(const std::vector<Zone>& zones, const Measured& measured, const SummaryRequest& request,
                 RunContext& context) {
  std::vector<std::string> empty;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    const auto& areas = measured.blocks[i];
    if (areas.classes.empty() && areas.nodata.pixels == 0) empty.push_back(one_line(zones[i].name));
  }
  if (empty.empty()) return;
  if (empty.size() == zones.size())
    throw data_error("{}: none of its {} zones has ground of {}", *request.zones, zones.size(), request.map);
  const std::size_t shown = std::min(empty.size(), kMaxShown);
  context.log(LogLevel::Warning,
              fmt::format("{}: {} of {} zones have no ground of {}, their areas are 0: {}{}", *request.zones,
                          empty.size(), zones.size(), request.map, join({empty.data(), shown}),
                          shown < empty.size() ? ", ..." : ""));
}

/// Sums a map up, step by step.
class Summing {
 public:
  Summing(const SummaryRequest& request, GeoIo& geo, RunContext& context)
      : m_request(request), m_geo(geo), m_context(context) {}

  AreaSummary run() {
    m_summary.map = m_request.map;
    m_summary.zones = m_request.zones;
    m_summary.has_pixels = !m_geo.is_vector(m_request.map);
    if (m_summary.has_pixels)
      measure_raster();
    else
      measure_polygons();
    if (m_request.zones) check_zones(m_zones, m_measured, m_request, m_context);
    name_classes();
    fill_blocks();
    return std::move(m_summary);
  }

 private:
  std::function<void(const std::string&)> warn() const {
    return [this](const std::string& text) { m_context.log(LogLevel::Warning, text); };
  }

  void read_zones(const RasterInfo& map) {
    if (m_request.zones) m_zones = m_geo.read_zones({*m_request.zones, m_request.zone_field, warn()}, map);
  }

  void measure_raster() {
    if (!m_request.class_field.empty()) {
      throw usage_error("--class-field: {} is a raster and has no fields; leave the option out",
                        m_request.map);
    }
    const auto source = m_geo.open_classes({m_request.map, m_request.band, {}});
    read_zones(source->info());
    for (const ClassEntry& entry : source->classes()) m_colors[entry.value] = entry.color;
    const AreaScale scale = scale_of(source->info(), m_geo, m_summary.unit, m_context);
    const auto areas = m_request.zones ? areas_of_zones(*source, scale, m_zones, m_context)
                                       : std::vector{areas_of_raster(*source, scale, m_context)};
    std::map<std::int64_t, std::size_t> positions;
    for (const auto& block : areas) {
      ClassAreas<std::size_t> own{{}, block.nodata};
      for (const auto& [value, area] : block.classes) {
        const auto [entry, is_new] = positions.try_emplace(value, m_measured.classes.size());
        if (is_new) m_measured.classes.push_back({value, name_in(source->classes(), value)});
        own.classes[entry->second] = area;
      }
      m_measured.blocks.push_back(std::move(own));
    }
  }

  /// A class without a name is called by its value, as in layers of polygons.
  static std::string name_in(const std::vector<ClassEntry>& classes, std::int64_t value) {
    const auto found = std::ranges::find(classes, value, &ClassEntry::value);
    return found == classes.end() || found->name.empty() ? fmt::format("{}", value) : found->name;
  }

  void measure_polygons() {
    if (m_request.band)
      throw usage_error("--band: {} is a layer of polygons and has no bands; leave the option out",
                        m_request.map);
    const auto map = m_geo.open_polygon_map({m_request.map, m_request.class_field, warn()});
    read_zones(map->info());
    const AreaScale scale = scale_of(map->info(), m_geo, m_summary.unit, m_context);
    m_measured.classes = map->classes();
    m_measured.blocks.resize(m_request.zones ? m_zones.size() : 1);
    OverlapFinder overlaps(map->info());
    const PolygonMap::Visit add = [&](std::size_t zone, std::optional<std::size_t> index,
                                      const RasterPolygon& polygon) {
      const GroundArea area = area_of(polygon, scale);
      if (area.pixels <= 0) return;
      ClassAreas<std::size_t>& block = m_measured.blocks[zone];
      (index ? block.classes[*index] : block.nodata) += area;
      if (!m_request.zones) overlaps.add(polygon);
    };
    if (m_request.zones)
      map->visit_within(m_zones, add, m_context);
    else
      map->visit(add, m_context);
    constexpr double kSlivers = 0.001;
    if (const double share = overlaps.share(); share > kSlivers)
      warn()(fmt::format("{}: polygons overlap: their common ground counts for each, which adds {:.1f} %",
                         m_request.map, 100 * share));
  }

  /// Classes that occur get the legend's names; those of the legend that do not are added.
  void name_classes() {
    if (!m_request.legend) return;
    for (const PolygonClass& known : m_measured.classes)
      if (known.value) check_legend(m_request.map, *known.value, known.name, *m_request.legend);
    for (const LegendClass& entry : m_request.legend->classes()) {
      m_colors[entry.value] = entry.color;
      const auto same = [&](const PolygonClass& known) {
        return known.value ? *known.value == entry.value : to_lower(known.name) == to_lower(entry.name);
      };
      const auto found = std::ranges::find_if(m_measured.classes, same);
      if (found == m_measured.classes.end())
        m_measured.classes.push_back({entry.value, entry.name});
      else
        *found = {entry.value, entry.name};
    }
  }

  /// Positions of the classes: in the order of the legend, then by value, then by name.
  std::vector<std::size_t> order() const {
    const auto rank = [&](std::size_t i) {
      const PolygonClass& entry = m_measured.classes[i];
      const auto index = m_request.legend && entry.value && *entry.value >= 0 && *entry.value <= 255
                             ? m_request.legend->index_of(static_cast<std::uint8_t>(*entry.value))
                             : std::nullopt;
      return std::tuple(!index, index.value_or(0), !entry.value, entry.value.value_or(0), entry.name);
    };
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < m_measured.classes.size(); ++i) {
      const bool occurs = std::ranges::any_of(m_measured.blocks,
                                              [&](const auto& block) { return block.classes.contains(i); });
      if (occurs || m_request.legend) positions.push_back(i);
    }
    std::ranges::sort(positions, {}, rank);
    return positions;
  }

  std::optional<Color> color_of(std::optional<std::int64_t> value) const {
    const auto found = value ? m_colors.find(*value) : m_colors.end();
    return found == m_colors.end() ? std::nullopt : found->second;
  }

  void fill_blocks() {
    const std::vector<std::size_t> positions = order();
    for (std::size_t b = 0; b < m_measured.blocks.size(); ++b) {
      const ClassAreas<std::size_t>& areas = m_measured.blocks[b];
      SummaryBlock block;
      block.nodata = areas.nodata;
      for (const std::size_t i : positions) {
        const auto found = areas.classes.find(i);
        const auto& [value, name] = m_measured.classes[i];
        block.rows.push_back(
            {value, name, found == areas.classes.end() ? GroundArea{} : found->second, color_of(value)});
      }
      if (m_request.zones) {
        block.zone_id = m_zones[b].id;
        block.zone = m_zones[b].name;
        block.whole_pixels = area_of(m_zones[b].polygon, AreaScale(1)).pixels;
      } else {
        block.whole_pixels = block.mapped().pixels + block.nodata.pixels;
      }
      m_summary.blocks.push_back(std::move(block));
    }
  }

  const SummaryRequest& m_request;
  GeoIo& m_geo;
  RunContext& m_context;
  AreaSummary m_summary;
  std::vector<Zone> m_zones;
  std::map<std::int64_t, std::optional<Color>> m_colors;
  Measured m_measured;
};

}  // namespace

AreaSummary summarise_map(const SummaryRequest& request, GeoIo& geo, RunContext& context) {
  return Summing(request, geo, context).run();
}

}  // namespace orthocover::operations
