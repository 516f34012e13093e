#include "georef/vector/feature_sink.h"

#include <fmt/ranges.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/map_box.h"
#include "georef/ground/pixel_polygons.h"
#include "georef/style/map_style.h"
#include "georef/style/style_file.h"
#include "georef/vector/geojson_writer.h"
#include "georef/vector/kml_writer.h"
#include "georef/vector/ogr_layer_writer.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostStyled = 1000;  // values without a class of their own

/// Whether the raster may hold values beyond 32 bits.
bool has_wide_values(const VectorSpec& spec, const RasterInfo& map) {
  const auto is_wide = [](const ClassEntry& entry) { return !std::in_range<std::int32_t>(entry.value); };
  if (std::ranges::any_of(spec.classes, is_wide) || map.bands.empty()) return true;
  const std::string& type = map.bands.front().data_type;
  return type == "UInt32" || type == "Int64" || type == "UInt64";
}

void check_append(const VectorSpec& spec, const VectorFormat& format) {
  if (spec.append && format.driver != "GPKG")
    throw usage_error("{}: only a GeoPackage (.gpkg) can be appended to, not {}", spec.path, format.driver);
}

/// Of some formats the file's name is that of the layer.
void check_layer(const VectorSpec& spec, const VectorFormat& format) {
  static constexpr std::string_view kNamedByFile[] = {"ESRI Shapefile", "CSV", "MapInfo File"};
  if (spec.layer.empty() || spec.layer == fs::path(spec.path).stem().string()) return;
  if (std::ranges::find(kNamedByFile, format.driver) != std::end(kNamedByFile))
    throw usage_error(
        "--layer: in a file of {} the layer is called as the file; leave it out, or name the file so",
        format.driver);
}

/// A layer that has the name of its file, as far as it can.
std::string layer_of(const fs::path& file, const VectorFormat& format) {
  const std::string name = printable(file.stem().string());
  return format.driver != "GPKG" || is_table_name(name) ? name : "landcover " + name;
}

/// Digits that tell a thousandth of a pixel: corners close to a long side stay on theirs. 7 are 11 mm.
int degree_decimals(double pixel_deg) {
  return std::clamp(static_cast<int>(std::ceil(std::log10(1000 / pixel_deg))), 7, 12);
}

/// Around a raster and a little more, in the CRS of a layer; nothing where that can't be told.
std::optional<MapBox> box_around(const RasterInfo& map, const OGRSpatialReference& crs) {
  if (!map.georeference.geotransform) return std::nullopt;
  const OGRSpatialReference own = crs_from_wkt(map.georeference.crs_wkt);
  std::optional<MapBox> box = raster_box(*map.georeference.geotransform, map.cols, map.rows);
  if (!own.IsEmpty()) box = transformed(*box, own, crs);
  if (!box) return std::nullopt;
  const auto [left, low, right, high] = *box;
  const double margin = std::max(right - left, high - low) / 64;
  return MapBox{left - margin, low - margin, right + margin, high + margin};
}

/// Whether a CRS has parameters of its own for the way to WGS 84.
bool has_shift(const OGRSpatialReference& crs) {
  std::array<double, 7> shift{};
  return crs.GetTOWGS84(shift.data(), static_cast<int>(shift.size())) == OGRERR_NONE &&
         std::ranges::any_of(shift, [](double value) { return value != 0; });
}

/// The extension of a trial file, where a format may change the CRS and tells nobody: MapInfo has fewer kinds
/// of CRS than others, two know codes only, and two leave shifts to WGS 84 out.
const char* extension_of_trial(const std::string& driver, const OGRSpatialReference& crs) {
  if (driver == "MapInfo File") return ".mif";
  if (driver == "GML") return ".gml";
  if (driver == "JML") return ".jml";
  if (driver == "ESRI Shapefile" && has_shift(crs)) return ".shp";
  return driver == "OpenFileGDB" && has_shift(crs) ? ".gdb" : nullptr;
}

/// Writes a layer of one box and looks at where its CRS is.
void check_crs(const fs::path& target, const std::string& driver, const OGRSpatialReference& wanted,
               const MapBox& box) {
  constexpr double kFar = 0.01, kOff = 0.00002, kShifted = 0.0001;  // degrees
  const char* extension = extension_of_trial(driver, wanted);
  if (extension == nullptr) return;
  const GdalErrors silent;
  const MemoryFolder folder;
  const std::string file = folder / fmt::format("trial{}", extension);
  OGRSpatialReference kept;
  {
    const DatasetPtr trial(driver_named(driver).Create(file.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
    OGRSpatialReference crs = wanted;
    if (!trial || trial->CreateLayer("trial", &crs, wkbPolygon, nullptr) == nullptr) return;
    OGRFieldDefn field("class", OFTInteger);
    OGRLayer& layer = *trial->GetLayer(0);
    layer.CreateField(&field);
    OGREnvelope bounds;
    bounds.MinX = box[0], bounds.MinY = box[1], bounds.MaxX = box[2], bounds.MaxY = box[3];
    OGRFeature feature(layer.GetLayerDefn());
    feature.SetGeometryDirectly(rectangle(bounds).release());
    if (layer.CreateFeature(&feature) != OGRERR_NONE) return;
  }
  if (const DatasetPtr written = vector_dataset_if_any(file); written && written->GetLayerCount() > 0)
    if (const auto* crs = written->GetLayer(0)->GetSpatialRef(); crs != nullptr) kept = *crs;
  kept.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const OGRSpatialReference degrees = crs_from_wkt(SRS_WKT_WGS84_LAT_LONG);
  const auto true_box = transformed(box, wanted, degrees);
  const auto found = kept.IsEmpty() || kept.IsLocal() ? std::nullopt : transformed(box, kept, degrees);
  if (!true_box) return;
  const auto off = [&](std::size_t i) { return found ? std::abs((*found)[i] - (*true_box)[i]) : 360; };
  const double worst = std::max({off(0), off(1), off(2), off(3)});
  // The same datum may be moved by other parameters.
  const bool is_other_datum = kept.IsSameGeogCS(&degrees) != wanted.IsSameGeogCS(&degrees);
  if (worst > kFar || (worst > kOff && is_other_datum) || (worst > kShifted && has_shift(wanted)))
    throw usage_error("{}: files of {} can't hold the CRS {}; give --crs EPSG:4326, or write GeoPackage",
                      target.string(), driver, crs_name(&wanted));
}

void write_trial(const LayerPlan& plan, const LayerFeature& feature) {
  OgrLayerWriter writer(plan);
  writer.write(feature);
  writer.write(feature);
  writer.finish("");
}

/// Without the user's options, too: the disk may be full.
bool fails_anyway(LayerPlan plan, const LayerFeature& feature) {
  const PendingVector trial(plan.target, true);
  plan.file = trial.temporary();
  plan.options.clear();
  try {
    write_trial(plan, feature);
  } catch (const Error&) {
    return true;
  }
  return false;
}

/// Writes two polygons into a file of its own: options may leave out polygons or fields, or fail only with
/// the first polygon of hours of work.
void check_options(LayerPlan plan, const PlacedRings& rings) {
  static constexpr std::array kFields = {"class", "name", "color", "area_map", "perim_map"};
  std::vector<std::string> texts;
  for (const auto& [key, value] : plan.options) texts.push_back(key + "=" + value);
  const auto refuse = [&](std::string_view why) { throw option_error("--lco {}: {}", join(texts), why); };
  const PendingVector trial(plan.target, true);
  plan.file = trial.temporary();
  plan.is_update = false;
  const ClassLook look{"class", "#000000"};
  const std::array<std::uint32_t, 1> one_ring = {1};
  LayerFeature feature{{}, rings.points, rings.ring_ends, one_ring};
  feature.values.look = &look;
  try {
    write_trial(plan, feature);
  } catch (const Error& error) {
    const std::string_view fault = error.what();
    if (fault.starts_with("--lco") || fails_anyway(plan, feature)) throw;
    refuse(error.kind() == ErrorKind::Usage ? "would leave no polygons" : fault);
  }
  if (!fs::exists(plan.file)) refuse("would leave no polygons");
  const GdalErrors silent;
  const DatasetPtr file = vector_dataset_if_any(plan.file);
  OGRLayer* const layer = file ? file->GetLayer(0) : nullptr;
  if (layer == nullptr) return;
  for (const char* field : kFields)
    if (layer->GetLayerDefn()->GetFieldIndex(field) < 0)
      refuse(fmt::format("would leave out the field '{}'", field));
  const OGRFeatureUniquePtr first(layer->GetNextFeature());
  if (!first || first->GetGeometryRef() == nullptr || first->GetGeometryRef()->getDimension() < 2)
    refuse("would leave no polygons");
}

/// Whether another shares a style file.
bool has_sister(const fs::path& layer) {
  static constexpr std::string_view kLayers[] = {".shp",    ".geojson", ".geojsonl", ".geojsons",
                                                 ".ndjson", ".json",    ".fgb",      ".gml",
                                                 ".kml",    ".tab",     ".mif",      ".csv"};
  fs::path other = layer;
  const auto is_there = [&](std::string_view extension) {
    return extension != layer.extension().string() && fs::exists(other.replace_extension(extension));
  };
  return std::ranges::any_of(kLayers, is_there);
}

}  // namespace

OgrFeatureSink::OgrFeatureSink(const VectorSpec& spec, const RasterInfo& map, std::uint64_t limit_bytes)
    : m_spec(spec),
      m_target(spec.path),
      m_format(vector_format(spec)),
      m_placement(spec, m_format, map),
      m_measurer(map) {
  check_append(m_spec, m_format);
  check_layer(m_spec, m_format);
  check_encoding(m_spec);
  if (!m_placement.crs().IsEmpty())
    if (const auto box = box_around(map, m_placement.crs()))
      check_crs(m_target, m_format.driver, m_placement.crs(), *box);
  if (map.control_points > 0)
    throw data_error("{}: is placed by {} ground control points only; warp it first: gdalwarp", map.path,
                     map.control_points);
  if (m_spec.layer.empty())
    m_spec.layer = layer_of(m_target, m_format);
  else if (m_format.driver == "GPKG" && !is_table_name(m_spec.layer))
    throw usage_error("--layer: '{}' is no name for a layer of a GeoPackage; begin it with another letter",
                      m_spec.layer);
  for (const ClassEntry& entry : m_spec.classes)
    m_looks[entry.value] = {entry.name.empty() ? std::to_string(entry.value) : entry.name,
                            entry.color ? to_hex(*entry.color) : std::string()};
  prepare_file();
  m_writer = make_writer(map, limit_bytes);
  check_beside();
}

OgrFeatureSink::~OgrFeatureSink() = default;

std::unique_ptr<LayerWriter> OgrFeatureSink::make_writer(const RasterInfo& map,
                                                         std::uint64_t limit_bytes) const {
  if (m_spec.creation_options.empty() && m_format.writer != FormatWriter::Ogr) {
    const bool is_sequence = m_format.writer == FormatWriter::GeoJsonSequence;
    const int decimals = degree_decimals(m_placement.pixel_size());
    TextPlan plan{m_target, m_pending->temporary(), m_spec.layer, is_sequence, decimals, field_plan(map)};
    if (m_format.writer == FormatWriter::Kml) return std::make_unique<KmlWriter>(std::move(plan));
    return std::make_unique<GeoJsonWriter>(std::move(plan));
  }
  LayerPlan plan;
  plan.target = m_target;
  plan.file = m_pending->temporary();
  plan.name = m_spec.layer;
  plan.description = fmt::format("Land cover polygons of {}",
                                 fs::path(map.path.substr(0, map.path.find('?'))).filename().string());
  plan.is_multi = m_spec.multi_part;
  plan.is_update = m_is_update;
  plan.replaces_layer = m_spec.overwrite;
  plan.crs = crs_of_layer(m_placement.crs());
  plan.fields = field_plan(map);
  plan.format = m_format;
  if (m_format.driver == "GeoJSON" || m_format.driver == "GeoJSONSeq")
    plan.format.layer_options.emplace_back("COORDINATE_PRECISION",
                                           std::to_string(degree_decimals(m_placement.pixel_size())));
  // Without bounds MapInfo's whole numbers are centimetres at best; what lies beyond them is lost.
  if (m_format.driver == "MapInfo File")
    if (const auto box = box_around(map, m_placement.crs()))
      plan.format.layer_options.emplace_back("BOUNDS", fmt::format("{}", fmt::join(*box, ",")));
  // Unless it is told, MapInfo takes text for that of the machine it runs on.
  if (m_format.driver == "MapInfo File" && !unsuited_name(m_spec, "CP1252"))
    plan.format.layer_options.emplace_back("ENCODING", "CP1252");
  plan.options = m_spec.creation_options;
  plan.limit_bytes = limit_bytes;
  if (!plan.options.empty()) {
    PlacedRings pixel;  // that in the middle: corners may lie beyond the earth's rim
    const auto x = static_cast<double>(map.cols / 2), y = static_cast<double>(map.rows / 2);
    m_placement.place({0, {{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}, {x, y}}, {5}, {1}, {}}, pixel);
    check_options(plan, pixel);
  }
  return std::make_unique<OgrLayerWriter>(std::move(plan));
}

void OgrFeatureSink::prepare_file() {
  // OGR calls its files so whatever it is told.
  if (m_format.driver == "ESRI Shapefile" && m_target.extension() != ".shp")
    throw usage_error("{}: the name of a Shapefile ends with .shp, in small letters", m_target.string());
  const bool may_exist = m_spec.overwrite || m_spec.append;
  check_output_path(m_target, may_exist);
  m_is_update = m_spec.append && fs::exists(m_target);
  if (m_is_update) m_target = fs::canonical(m_target);  // of a link, what it leads to
  m_pending = std::make_unique<PendingVector>(m_target, m_spec.overwrite || m_is_update);
  if (m_spec.overwrite && !m_is_update && m_format.driver == "GPKG") m_pending->check_sole(m_spec.layer);
  if (m_format.driver == "ESRI Shapefile" && !may_exist) check_beside_shapefile(m_target);
  if (m_format.style == StylePlace::Beside) {
    read_style_file(style_path(m_target));  // what can't be joined is refused at once
    if (!may_exist) check_beside_layer(m_target, StyledLayer::Vector);
  }
  m_pending->replace_beside(leftovers_of(m_format.driver, m_target));
  if (m_is_update) copy_original();
}

void OgrFeatureSink::copy_original() {
  std::error_code status;
  m_original_time = fs::last_write_time(m_target, status);
  m_original_bytes = fs::file_size(m_target, status);
  fs::copy_file(m_target, m_pending->temporary(), status);
  if (status) throw write_error(m_target, "it can't be copied to append to it: " + status.message());
}

/// The copy may have been overtaken.
void OgrFeatureSink::check_original() const {
  if (m_spec.append && !m_is_update && fs::exists(m_target))
    throw resource_error("{}: came to be while polygons were made for it; run again", m_target.string());
  if (!m_is_update) return;
  std::error_code status;
  if (fs::last_write_time(m_target, status) == m_original_time &&
      fs::file_size(m_target, status) == m_original_bytes)
    return;
  throw resource_error(
      "{}: was changed by another program while polygons were appended to a copy of it; it stays as it "
      "is, run again",
      m_target.string());
}

FieldPlan OgrFeatureSink::field_plan(const RasterInfo& map) const {
  FieldPlan plan;
  plan.has_wide_values = has_wide_values(m_spec, map);
  plan.has_ground = m_measurer.has_ground();
  plan.has_confidence = m_spec.with_confidence;
  plan.has_widths = m_format.has_widths;
  std::size_t name_bytes = 20;  // any whole number
  for (const auto& [value, look] : m_looks) name_bytes = std::max(name_bytes, look.name.size());
  plan.name_width_bytes = static_cast<int>(std::min<std::size_t>(name_bytes, 254));
  plan.pixel_map = m_measurer.pixel_size_map();
  plan.pixel_m = map.ground_size_m.value_or(1);
  return plan;
}

const ClassLook& OgrFeatureSink::look_of(std::int64_t value) {
  const auto [entry, is_new] = m_looks.try_emplace(value);
  if (is_new) {
    entry->second.name = std::to_string(value);
    m_unknown.push_back(value);
  }
  return entry->second;
}

void OgrFeatureSink::write(std::span<const RasterPolygon> polygons) {
  for (const RasterPolygon& polygon : polygons) {
    if (polygon.ring_ends.empty()) throw internal_error("a feature without a ring");
    if (!m_spec.multi_part && polygon.part_ends.size() != 1)
      throw internal_error("a feature of {} parts in a layer of single polygons", polygon.part_ends.size());
    m_placement.place(polygon, m_rings);
    LayerFeature feature;
    feature.values = {polygon.value, &look_of(polygon.value), m_measurer.measure(polygon),
                      polygon.confidence};
    feature.vertices = m_rings.points;
    feature.ring_ends = m_rings.ring_ends;
    feature.part_ends = m_rings.part_ends;
    feature.is_multi = m_spec.multi_part || m_rings.part_ends.size() > 1;
    m_writer->write(feature);
    if (const auto& ground = feature.values.measure.ground) m_areas_m2[polygon.value] += ground->area_m2;
  }
}

std::vector<ClassEntry> OgrFeatureSink::styled_classes() const {
  std::vector<ClassEntry> classes = m_spec.classes;
  std::vector<std::int64_t> others = m_unknown;
  std::ranges::sort(others);
  if (others.size() > kMostStyled) others.resize(kMostStyled);
  for (const std::int64_t value : others) classes.push_back({value, {}, std::nullopt});
  if (std::ranges::is_sorted(m_spec.classes, {}, &ClassEntry::value))
    std::ranges::sort(classes, {}, &ClassEntry::value);
  return classes;
}

void OgrFeatureSink::finish() {
  std::string qml = vector_style_qml(styled_classes());
  m_writer->finish(qml);
  m_writer.reset();
  if (m_format.style != StylePlace::Beside) return;
  if (m_spec.map_legend) qml = joined_style(qml, StyledLayer::Vector, raster_style_qml(*m_spec.map_legend));
  write_file(style_path(m_pending->temporary()), qml);
}

/// Some drivers write several files; other checks are for Shapefiles and styles. The projection of a CSV may
/// be that of another file, which would lie elsewhere.
void OgrFeatureSink::check_beside() const {
  if (m_spec.append || m_format.driver == "ESRI Shapefile") return;
  const std::vector<std::string> own = leftovers_of(m_format.driver, m_target);
  for (const fs::path& name : m_pending->beside()) {
    const bool may_be_shared = m_format.driver == "CSV" && name.extension() == ".prj";
    const bool is_free = m_spec.overwrite && (!may_be_shared || std::ranges::count(own, ".prj") > 0);
    if (is_free || name.extension() == ".qml" || !fs::exists(m_target.parent_path() / name)) continue;
    throw usage_error("{}: would replace {} beside it; choose another name, or give {}", m_target.string(),
                      name.string(), m_spec.overwrite ? "--lco CREATE_CSVT=NO" : "--overwrite");
  }
}

void OgrFeatureSink::add_to(CommitSteps& steps) {
  check_original();
  check_beside();
  if (m_format.style == StylePlace::Beside)
    join_style_file(style_path(m_pending->temporary()), StyledLayer::Vector, style_path(m_target),
                    has_sister(m_target));
  m_pending->add_to(steps);
}

}  // namespace orthocover
