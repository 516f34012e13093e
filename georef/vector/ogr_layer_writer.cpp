#include "georef/vector/ogr_layer_writer.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

constexpr std::int64_t kTransaction = 65536;  // features

std::unique_ptr<OGRGeometry> geometry_of(const LayerFeature& feature, bool is_multi) {
  auto multi = std::make_unique<OGRMultiPolygon>();
  OGRPolygon* polygon = nullptr;
  for_each_ring(feature, [&](std::span<const OGRRawPoint> ring, bool is_shell) {
    if (is_shell) multi->addGeometryDirectly(polygon = new OGRPolygon());
    auto line = std::make_unique<OGRLinearRing>();
    line->setPoints(static_cast<int>(ring.size()), ring.data());
    polygon->addRingDirectly(line.release());
  });
  if (is_multi) return multi;
  multi->removeGeometry(0, FALSE);
  return std::unique_ptr<OGRGeometry>(polygon);
}

RtreeBox box_of(const LayerFeature& feature) {
  double min_x = std::numeric_limits<double>::max();
  double min_y = min_x;
  double max_x = -min_x;
  double max_y = -min_x;
  for (const OGRRawPoint& point : feature.vertices) {
    min_x = std::min(min_x, point.x), max_x = std::max(max_x, point.x);
    min_y = std::min(min_y, point.y), max_y = std::max(max_y, point.y);
  }
  return PackedRtree::box_of(min_x, max_x, min_y, max_y);
}

bool wants_index(const DriverOptions& options) {
  for (const auto& [key, value] : options) {
    if (EQUAL(key.c_str(), "SPATIAL_INDEX")) return CPLTestBool(value.c_str());
  }
  return true;
}

}  // namespace

OgrLayerWriter::OgrLayerWriter(LayerPlan plan) : m_plan(std::move(plan)) {
  if (m_plan.is_update)
    open_file();
  else
    create_file();
  if (m_plan.format.driver == "GPKG") {
    m_file->SetDescription(m_plan.target.c_str());  // for messages
    write_without_journal(*m_file);
  }
  if (m_plan.is_update && m_plan.replaces_layer) delete_layer();
  OGRLayer* layer = m_plan.is_update ? m_file->GetLayerByName(m_plan.name.c_str()) : nullptr;
  if (layer != nullptr)
    adopt_layer(*layer);
  else
    create_layer();
  m_feature.reset(OGRFeature::CreateFeature(m_layer->GetLayerDefn()));
  m_has_transactions = m_file->TestCapability(ODsCTransactions) != FALSE;
  begin();
}

OgrLayerWriter::~OgrLayerWriter() {
  const GdalErrors silent;
  m_index.reset();
  m_feature.reset();
  m_file.reset();
}

void OgrLayerWriter::create_file() {
  const GdalErrors errors;
  GDALDriver& driver = driver_named(m_plan.format.driver);
  m_file.reset(driver.Create(m_plan.file.c_str(), 0, 0, 0, GDT_Unknown, nullptr));
  if (!m_file) throw write_error(m_plan.target, errors.message());
}

void OgrLayerWriter::open_file() {
  const GdalErrors errors;
  m_file.reset(GDALDataset::Open(m_plan.file.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE));
  if (!m_file)
    throw data_error("{}: is no GeoPackage that can be appended to: {}", m_plan.target.string(),
                     errors.message());
}

void OgrLayerWriter::delete_layer() {
  const GdalErrors errors;
  for (int i = m_file->GetLayerCount() - 1; i >= 0; --i) {
    if (!EQUAL(m_file->GetLayer(i)->GetName(), m_plan.name.c_str())) continue;
    if (m_file->DeleteLayer(i) != OGRERR_NONE) throw write_error(m_plan.target, errors.message());
  }
}

void OgrLayerWriter::create_layer() {
  const bool is_geopackage = m_plan.format.driver == "GPKG";
  DriverOptions defaults = m_plan.format.layer_options;
  if (is_geopackage) {
    defaults.emplace_back("DESCRIPTION", m_plan.description);
    defaults.emplace_back("SPATIAL_INDEX", "NO");  // made at the end
  }
  GDALDriver& driver = driver_named(m_plan.format.driver);
  CPLStringList options =
      driver_options(driver, GDAL_DS_LAYER_CREATIONOPTIONLIST, "--lco", defaults, m_plan.options);
  if (is_geopackage) options.SetNameValue("SPATIAL_INDEX", "NO");
  const GdalErrors errors;
  OGRSpatialReference crs = m_plan.crs.IsEmpty() && is_geopackage ? undefined_cartesian() : m_plan.crs;
  {
    // The user's is for reading; here the option ENCODING counts, which the .cpg tells.
    const CPLConfigOptionSetter encoding("SHAPE_ENCODING", options.FetchNameValue("ENCODING"), false);
    m_layer = m_file->CreateLayer(m_plan.name.c_str(), crs.IsEmpty() ? nullptr : &crs,
                                  m_plan.is_multi ? wkbMultiPolygon : wkbPolygon, options.List());
  }
  if (m_layer == nullptr && errors.message().find("already exists") != std::string::npos)
    throw usage_error("{}: has a table '{}' that is no layer, such as a raster; choose another --layer",
                      m_plan.target.string(), m_plan.name);
  if (m_layer == nullptr) throw write_error(m_plan.target, errors.message());
  if (is_geopackage && m_plan.is_update) forget_styles(*m_file, m_plan.name);
  if (!m_plan.options.empty() && errors.message().find("unexpected value") != std::string::npos)
    throw option_error("--lco: {}", errors.message());
  m_fields =
      std::make_unique<LayerFields>(LayerFields::create(*m_layer, m_plan.fields, m_plan.format.driver));
  if (is_geopackage && wants_index(m_plan.options))
    m_index = std::make_unique<SpatialIndex>(*m_file, m_plan.name, m_layer->GetGeometryColumn());
  if (!m_plan.format.has_size_limit) return;
  m_table_bytes = 32 * (static_cast<std::uint64_t>(m_layer->GetLayerDefn()->GetFieldCount()) + 1) + 2;
}

void OgrLayerWriter::adopt_layer(OGRLayer& layer) {
  const std::string what = fmt::format("{}: layer {}", m_plan.target.string(), m_plan.name);
  const OGRwkbGeometryType type = wkbFlatten(layer.GetGeomType());
  const bool takes_multi = type == wkbMultiPolygon || type == wkbMultiSurface || type == wkbUnknown;
  if (!takes_multi && type != wkbPolygon) {
    throw data_error("{} holds {}, not polygons, so nothing can be appended to it; choose another layer name",
                     what, OGRGeometryTypeToName(layer.GetGeomType()));
  }
  if (m_plan.is_multi && !takes_multi)
    throw data_error(
        "{} holds single polygons, those to append have several parts; choose another layer name", what);
  m_plan.is_multi = m_plan.is_multi || type == wkbMultiPolygon || type == wkbMultiSurface;
  // A GeoPackage without CRS has a made-up one.
  const OGRSpatialReference* crs = m_plan.crs.IsEmpty() ? known_crs(layer) : layer.GetSpatialRef();
  const char* const options[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", nullptr};
  const bool has_crs = crs != nullptr && !crs->IsEmpty();
  if (has_crs == m_plan.crs.IsEmpty() || (has_crs && !crs->IsSame(&m_plan.crs, options))) {
    const std::string theirs = has_crs ? crs_name(crs) : "no CRS";
    const std::string ours = m_plan.crs.IsEmpty() ? "none" : crs_name(&m_plan.crs);
    throw data_error("{} has {}, the polygons to append have {}; give --crs, or choose another layer name",
                     what, theirs, ours);
  }
  m_layer = &layer;
  m_plan.name = layer.GetName();
  m_fields = std::make_unique<LayerFields>(LayerFields::find(layer, m_plan.fields, what));
  for (const auto& row : run_sql(*m_file, "SELECT DISTINCT class, name FROM " + sql_name(m_plan.name)))
    if (const auto value = number_of(row[0]); value && !row[1].empty() && row[1] != row[0])
      m_names.emplace(*value, row[1]);
}

/// A layer has one style, in which a class has one name.
void OgrLayerWriter::check_name(const FeatureValues& values) const {
  const auto known = m_names.find(values.value);
  if (known == m_names.end() || values.look == nullptr) return;
  const std::string& name = values.look->name;
  if (name == known->second || name == std::to_string(values.value)) return;
  throw data_error("{}: in layer {} class {} is '{}', in the map '{}'; choose another layer name",
                   m_plan.target.string(), m_plan.name, values.value, known->second, name);
}

void OgrLayerWriter::begin() {
  const GdalErrors errors;
  m_pending = 0;
  if (m_has_transactions && m_file->StartTransaction() != OGRERR_NONE)
    throw write_error(m_plan.target, errors.message());
}

void OgrLayerWriter::end() {
  const GdalErrors errors;
  if (!m_has_transactions) return;
  if (m_file->CommitTransaction() != OGRERR_NONE || errors.failed())
    throw write_error(m_plan.target, errors.message());
}

void OgrLayerWriter::check_size(const LayerFeature& feature) {
  m_shape_bytes += 52 + 4 * feature.ring_ends.size() + 16 * feature.vertices.size();
  m_table_bytes += 1;
  for (int i = 0; i < m_layer->GetLayerDefn()->GetFieldCount(); ++i)
    m_table_bytes += static_cast<std::uint64_t>(m_layer->GetLayerDefn()->GetFieldDefn(i)->GetWidth());
  for (const auto& [bytes, extension] : {std::pair{m_shape_bytes, ".shp"}, {m_table_bytes, ".dbf"}}) {
    if (bytes <= m_plan.limit_bytes) continue;
    throw resource_error(
        "{}: the {} file would pass the {} that a Shapefile can have; write a GeoPackage (.gpkg) instead, or "
        "make fewer and simpler polygons: --dissolve, a larger --min-area or --simplify",
        m_plan.target.string(), extension, format_bytes(m_plan.limit_bytes));
  }
}

void OgrLayerWriter::write(const LayerFeature& feature) {
  if (m_plan.format.has_size_limit) check_size(feature);
  check_name(feature.values);
  m_feature->SetFID(OGRNullFID);
  m_fields->set(*m_feature, feature.values);
  m_feature->SetGeometryDirectly(geometry_of(feature, m_plan.is_multi || feature.is_multi).release());
  const GdalErrors errors;
  if (m_layer->CreateFeature(m_feature.get()) != OGRERR_NONE || errors.failed())
    throw write_error(m_plan.target, errors.message());
  if (m_index) m_index->add(m_feature->GetFID(), box_of(feature));
  ++m_count;
  if (++m_pending < kTransaction) return;
  end();
  begin();
}

void OgrLayerWriter::finish(const std::string& style_qml) {
  end();
  if (m_plan.format.style == StylePlace::Inside) {
    begin();
    if (m_index) m_index->build();
    store_style(*m_file, m_plan.name, m_layer->GetGeometryColumn(), style_qml);
    end();
  }
  m_index.reset();
  m_feature.reset();
  const GdalErrors errors;
  m_file->FlushCache();
  m_file.reset();
  if (errors.failed()) throw write_error(m_plan.target, errors.message());
  if (!m_plan.format.tells_failures) read_back();
}

/// Drivers of text formats let a full disk pass in silence: what they wrote is read again.
void OgrLayerWriter::read_back() const {
  const GdalErrors errors;
  const char* opens = driver_named(m_plan.format.driver).GetMetadataItem(GDAL_DCAP_OPEN);
  if (opens == nullptr || !CPLTestBool(opens)) return;
  const char* const drivers[] = {m_plan.format.driver.c_str(), nullptr};
  const DatasetPtr file(GDALDataset::Open(m_plan.file.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers));
  std::int64_t found = 0;
  for (int i = 0; file && i < file->GetLayerCount(); ++i) found += file->GetLayer(i)->GetFeatureCount();
  OGRLayer* const layer = file && m_count > 0 && found == m_count ? file->GetLayer(0) : nullptr;
  if (layer != nullptr) {
    layer->ResetReading();
    const OGRFeatureUniquePtr first(layer->GetNextFeature());
    if (!first || first->GetGeometryRef() == nullptr || first->GetGeometryRef()->IsEmpty())
      throw usage_error("{}: the driver {} keeps no polygons; choose another format", m_plan.target.string(),
                        m_plan.format.driver);
  }
  if (found == m_count) return;
  throw write_error(m_plan.target, fmt::format("of {} features, {} can be read again", m_count, found));
}

}  // namespace orthocover
