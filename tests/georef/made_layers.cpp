#include "tests/georef/made_layers.h"

#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <filesystem>
#include <stdexcept>

namespace orthocover::test {
namespace {

OGRFieldDefn field_of(const MadeField& field) {
  const std::size_t colon = field.find(':');
  const std::string type = colon == std::string::npos ? "" : field.substr(colon + 1);
  return {field.substr(0, colon).c_str(), type == "int"     ? OFTInteger
                                          : type == "int64" ? OFTInteger64
                                          : type == "real"  ? OFTReal
                                                            : OFTString};
}

void check(bool done, const std::string& what) {
  if (!done) throw std::runtime_error("can't make " + what);
}

}  // namespace

std::string box_wkt(double min_x, double min_y, double max_x, double max_y) {
  return fmt::format("POLYGON(({0} {1},{2} {1},{2} {3},{0} {3},{0} {1}))", min_x, min_y, max_x, max_y);
}

void make_layer(const std::string& path, const std::string& layer_name, const std::string& crs_text,
                const std::vector<MadeField>& fields, const std::vector<MadeFeature>& features,
                const std::string& driver) {
  GDALAllRegister();
  GDALDataset* dataset = nullptr;
  if (std::filesystem::exists(path))
    dataset = GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE);
  else
    dataset = GetGDALDriverManager()
                  ->GetDriverByName(driver.c_str())
                  ->Create(path.c_str(), 0, 0, 0, GDT_Unknown, nullptr);
  check(dataset != nullptr, path);
  OGRSpatialReference crs;
  if (!crs_text.empty()) crs.SetFromUserInput(crs_text.c_str());
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const bool is_of_points = !features.empty() && features.front().wkt.starts_with("POINT");
  const OGRwkbGeometryType type = is_of_points ? wkbPoint : wkbUnknown;
  OGRLayer* layer =
      dataset->CreateLayer(layer_name.c_str(), crs_text.empty() ? nullptr : &crs, type, nullptr);
  check(layer != nullptr, layer_name);
  for (const MadeField& field : fields) {
    OGRFieldDefn definition = field_of(field);
    check(layer->CreateField(&definition) == OGRERR_NONE, field);
  }
  dataset->StartTransaction();
  for (const MadeFeature& made : features) {
    const OGRFeatureUniquePtr feature(OGRFeature::CreateFeature(layer->GetLayerDefn()));
    for (std::size_t i = 0; i < made.values.size(); ++i) {
      if (!made.values[i].empty()) feature->SetField(static_cast<int>(i), made.values[i].c_str());
    }
    OGRGeometry* geometry = nullptr;
    if (!made.wkt.empty())
      check(OGRGeometryFactory::createFromWkt(made.wkt.c_str(), nullptr, &geometry) == OGRERR_NONE, made.wkt);
    feature->SetGeometryDirectly(geometry);
    check(layer->CreateFeature(feature.get()) == OGRERR_NONE, made.wkt);
  }
  dataset->CommitTransaction();
  GDALClose(dataset);
}

void add_style(const std::string& path, const std::string& layer, const std::string& qml) {
  GDALDataset* dataset = GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE);
  check(dataset != nullptr, path);
  // The columns of QGIS 3.
  dataset->ExecuteSQL(
      "CREATE TABLE IF NOT EXISTS layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
      "f_table_catalog "
      "TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName "
      "TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui "
      "TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP)",
      nullptr, nullptr);
  std::string quoted;
  for (const char letter : qml) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
  dataset->ExecuteSQL(
      fmt::format("INSERT INTO layer_styles (f_table_name, f_geometry_column, styleName, styleQML, "
                  "useAsDefault) VALUES ('{}', 'geom', 'style', '{}', 1)",
                  layer, quoted)
          .c_str(),
      nullptr, nullptr);
  GDALClose(dataset);
}

}  // namespace orthocover::test
