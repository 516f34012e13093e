#include "georef/labels/polygon_layer_map.h"

#include <ogrsf_frmts.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/legend/class_name.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/zone_cutter.h"
#include "georef/labels/class_codes.h"
#include "georef/labels/class_field.h"
#include "georef/labels/label_legend.h"
#include "georef/style/qgis_style.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

/// Cells of the grid along the layer's longer side.
constexpr double kGridCells = 1024;

/// The name that a layer's legend has for a text of its class field.
std::string name_of(const std::string& text, const LabelLegend& known) {
  std::string name = text;
  const auto mapped = known.map.find(text);
  const auto value = known.has_own_values ? number_of(text) : std::nullopt;
  if (mapped != known.map.end()) {
    name = mapped->second.front();
  } else if (value && *value >= 0 && *value <= 255) {
    const auto index = known.legend.index_of(static_cast<std::uint8_t>(*value));
    if (index) name = known.legend.classes()[static_cast<std::size_t>(*index)].name;
  }
  // The legend makes such names where there are none.
  return name == "class_" + text ? text : name;
}

/// Reports how many of a layer's features are done.
class FeatureProgress {
 public:
  FeatureProgress(OGRLayer& layer, RunContext& context)
      : m_context(context), m_total(static_cast<double>(std::max<GIntBig>(1, layer.GetFeatureCount()))) {}

  void step() {
    m_context.check_cancelled();
    m_context.progress(std::min(1.0, ++m_done / m_total), "measuring");
  }

 private:
  RunContext& m_context;
  double m_total;
  double m_done = 0;
};

/// Finds polygons that lie in a layer twice, as when a map was appended to it again.
class TwinFinder {
 public:
  void look_at(const ScenePolygon& polygon) {
    m_wkb.resize(polygon.geometry->WkbSize());
    polygon.geometry->exportToWkb(wkbNDR, reinterpret_cast<unsigned char*>(m_wkb.data()));
    if (m_seen.insert(std::hash<std::string>()(m_wkb)).second) return;
    if (++m_count == 1) m_first = polygon.feature->GetFID();
  }

  /// Empty where there are none.
  std::string text() const {
    return m_count == 0
               ? ""
               : fmt::format("{} polygons lie there twice (feature {} is the first)", m_count, m_first);
  }

 private:
  std::string m_wkb;
  std::unordered_set<std::size_t> m_seen;
  std::int64_t m_count = 0;
  GIntBig m_first = 0;
};

}  // namespace

PolygonLayerMap::PolygonLayerMap(PolygonMapRequest request)
    : m_request(std::move(request)), m_dataset(open_vector_dataset(m_request.path)) {
  const GdalErrors silent;
  m_layer = &polygon_layer(*m_dataset, m_request.path, "landcover", m_request.warn);
  if (m_layer->GetFeatureCount() == 0)
    throw data_error("{}: layer {} is empty", m_request.path, m_layer->GetName());
  read_classes();
  lay_grid();
}

void PolygonLayerMap::read_classes() {
  const std::string& path = m_request.path;
  const auto style = read_categorized_style(*m_dataset, m_layer->GetName(), path);
  m_field = find_class_field(*m_layer, m_request.class_field, style ? style->field : "", path, true);
  m_is_number = is_number_field(*m_layer->GetLayerDefn()->GetFieldDefn(m_field));
  const std::vector<FieldCensus> fields = count_values(*m_layer, m_field, ClassCodes::kMaxValues);
  if (fields.empty() || fields.front().too_many)
    throw data_error("{}: field '{}' {}; name another with --class-field", path,
                     m_layer->GetLayerDefn()->GetFieldDefn(m_field)->GetNameRef(),
                     fields.empty()
                         ? "holds no text and no numbers"
                         : fmt::format("has more than {} different values", ClassCodes::kMaxValues));
  const std::vector<std::string>& values = fields.front().values;
  LabelLegend known;
  NumberNames names;
  if (values.size() <= kLegendClasses)
    known = read_polygon_legend(path, fields.front().name);
  else if (m_is_number)
    names = number_names(*m_layer, m_field, style, ClassCodes::kMaxValues);
  for (const std::string& text : values) {
    if (!m_index.emplace(key_of(text), m_classes.size()).second) continue;
    const auto value = m_is_number ? number_of(text) : std::nullopt;
    const auto named = value ? names.find(*value) : names.end();
    m_classes.push_back({value, named != names.end() ? named->second : name_of(text, known)});
  }
  if (!m_is_number) return;
  m_name_field = m_layer->GetLayerDefn()->GetFieldIndex("name");
  if (m_classes.size() != 1 || m_name_field < 0) return;
  // Where there is one class, any field might name it: only this one is taken to.
  m_layer->ResetReading();
  const OGRFeatureUniquePtr first = next_feature(*m_layer, m_request.path);
  if (std::string name = first ? field_text(*first, m_name_field) : ""; !name.empty())
    m_classes.front().name = std::move(name);
}

/// Of its features: what a GeoPackage says of a whole layer not all keep up to date who write into it, and
/// longitudes that jump at 180 degrees are counted on from there.
OGREnvelope PolygonLayerMap::extent() {
  OGREnvelope extent, eastward;
  const OGRSpatialReference* const crs = known_crs(*m_layer);
  const bool is_told = std::string_view(m_dataset->GetDriverName()) != "GPKG" &&
                       m_layer->GetExtent(&extent, TRUE) == OGRERR_NONE;
  const auto width = [](const OGREnvelope& box) { return box.MaxX - box.MinX; };
  const auto may_jump = [&] { return crs != nullptr && crs->IsGeographic() && width(extent) > 180; };
  if (is_told && !may_jump()) return extent;
  const auto add = [&](const OGRGeometry& part) {
    OGREnvelope own;
    part.getEnvelope(&own);
    extent.Merge(own);
    if (own.MaxX < 0) own.MinX += 360, own.MaxX += 360;
    eastward.Merge(own);
  };
  m_layer->ResetReading();
  while (const OGRFeatureUniquePtr feature = next_feature(*m_layer, m_request.path)) {
    const OGRGeometry* const geometry = feature->GetGeometryRef();
    if (geometry == nullptr || geometry->IsEmpty()) continue;
    if (wkbFlatten(geometry->getGeometryType()) != wkbMultiPolygon)
      add(*geometry);
    else
      for (const OGRPolygon* part : *geometry->toMultiPolygon()) add(*part);
  }
  m_jumps = may_jump() && width(eastward) < width(extent);
  return m_jumps ? eastward : extent;
}

void PolygonLayerMap::lay_grid() {
  const OGREnvelope extent = this->extent();
  const bool known = extent.IsInit();
  const double width = extent.MaxX - extent.MinX;
  const double height = extent.MaxY - extent.MinY;
  const double cell = std::max(width, height) / kGridCells;
  if (!known || !std::isfinite(cell) || cell <= 0)
    throw data_error("{}: layer {} has no polygon", m_request.path, m_layer->GetName());
  const OGRSpatialReference* crs = known_crs(*m_layer);
  m_info.path = m_request.path;
  m_info.georeference = {wkt_of(crs), std::array{extent.MinX, cell, 0.0, extent.MaxY, 0.0, -cell}};
  m_info.crs_name = crs_name(crs);
  m_info.cols = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(width / cell)));
  m_info.rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(height / cell)));
}

std::string PolygonLayerMap::key_of(std::string text) const {
  return m_is_number ? text : to_lower(clean_class_name(text));
}

std::optional<std::size_t> PolygonLayerMap::class_of(OGRFeature& feature) const {
  const auto found = m_index.find(key_of(field_text(feature, m_field)));
  if (found == m_index.end()) return std::nullopt;
  note_contradiction(feature, m_classes[found->second]);
  return found->second;
}

/// Somebody who draws a class anew may have changed one of the two fields only.
void PolygonLayerMap::note_contradiction(OGRFeature& feature, const PolygonClass& its_class) const {
  if (m_name_field < 0) return;
  const std::string name = raw_text(feature, m_name_field);
  if (name == its_class.name || !std::ranges::count(m_classes, name, &PolygonClass::name)) return;
  if (m_contradictions.insert(feature.GetFID()).second && m_contradictions.size() == 1)
    m_first_contradiction =
        fmt::format("feature {}: {} and '{}'", feature.GetFID(), field_text(feature, m_field), name);
}

void PolygonLayerMap::tell_contradictions() const {
  if (m_contradictions.empty()) return;
  m_request.warn(
      fmt::format("{}: polygons with the class of one and the name of another: {} ({}); their class counts",
                  m_request.path, m_contradictions.size(), m_first_contradiction));
  m_contradictions.clear();
}

void PolygonLayerMap::visit(const Visit& visit, RunContext& context) const {
  PolygonReader reader(*m_layer, m_info, m_request.path, m_request.warn);
  FeatureProgress progress(*m_layer, context);
  TwinFinder twins;
  reader.for_each([&](const ScenePolygon& polygon) {
    visit(0, class_of(*polygon.feature), polygon_of(*polygon.geometry));
    twins.look_at(polygon);
    progress.step();
  });
  tell_twins(twins.text());
  tell_contradictions();
}

void PolygonLayerMap::tell_twins(const std::string& found) const {
  if (found.empty() || m_has_told_twins) return;
  m_has_told_twins = true;
  m_request.warn(fmt::format("{}: {}: their ground counts twice", m_request.path, found));
}

void PolygonLayerMap::filter_by(std::span<const Zone> zones) const {
  if (m_jumps) return;
  OGREnvelope box;
  for (const Zone& zone : zones) {
    for (const RasterVertex& vertex : zone.polygon.vertices) box.Merge(vertex.col, vertex.row);
  }
  const std::array<double, 6>& g = *m_info.georeference.geotransform;
  m_layer->SetSpatialFilterRect(g[0] + box.MinX * g[1], g[3] + box.MaxY * g[5], g[0] + box.MaxX * g[1],
                                g[3] + box.MinY * g[5]);
}

void PolygonLayerMap::visit_within(std::span<const Zone> zones, const Visit& visit,
                                   RunContext& context) const {
  const ZoneCutter cutter(zones);
  if (cutter.empty()) return;
  PolygonReader reader(*m_layer, m_info, m_request.path, m_request.warn);
  filter_by(zones);
  FeatureProgress progress(*m_layer, context);
  TwinFinder twins;
  reader.for_each(
      [&](const ScenePolygon& polygon) {
        twins.look_at(polygon);
        const auto class_index = class_of(*polygon.feature);
        cutter.cut(*polygon.geometry,
                   fmt::format("{}: feature {}", m_request.path, polygon.feature->GetFID()),
                   [&](std::size_t zone, const RasterPolygon& part) { visit(zone, class_index, part); });
        progress.step();
      },
      true);
  tell_twins(twins.text());
  tell_contradictions();
}

}  // namespace orthocover
