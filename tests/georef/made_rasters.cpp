#include "tests/georef/made_rasters.h"

#include <gdal_priv.h>
#include <ogrsf_frmts.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "georef/gdal_geo_io.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;

OGRSpatialReference crs_of(const std::string& text) {
  OGRSpatialReference crs;
  crs.SetFromUserInput(text.c_str());
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

GDALDriver& driver_named(const std::string& name) {
  GDALAllRegister();
  return *GetGDALDriverManager()->GetDriverByName(name.c_str());
}

void fill(GDALDataset& dataset, const Made& made) {
  std::vector<double> line(static_cast<std::size_t>(made.cols));
  for (int band = 0; band < made.bands; ++band) {
    for (int row = 0; row < made.rows; ++row) {
      for (int col = 0; col < made.cols; ++col)
        line[static_cast<std::size_t>(col)] = made.value(band, col, row);
      if (dataset.GetRasterBand(band + 1)->RasterIO(GF_Write, 0, row, made.cols, 1, line.data(), made.cols, 1,
                                                    GDT_Float64, 0, 0, nullptr) != CE_None)
        throw std::runtime_error("can't write");
    }
  }
}

void add_mask(GDALDataset& dataset, const Made& made) {
  dataset.CreateMaskBand(GMF_PER_DATASET);
  std::vector<std::uint8_t> mask;
  for (int row = 0; row < made.rows; ++row) {
    for (int col = 0; col < made.cols; ++col) mask.push_back(made.mask(col, row) ? 255 : 0);
  }
  if (dataset.GetRasterBand(1)->GetMaskBand()->RasterIO(GF_Write, 0, 0, made.cols, made.rows, mask.data(),
                                                        made.cols, made.rows, GDT_Byte, 0, 0,
                                                        nullptr) != CE_None)
    throw std::runtime_error("can't write the mask");
}

void add_layer(GDALDataset& dataset, const char* name, const std::string& crs, const char* field_name,
               const std::vector<MadePolygon>& polygons) {
  OGRSpatialReference reference = crs_of(crs);
  OGRLayer& layer = *dataset.CreateLayer(name, &reference, wkbPolygon, nullptr);
  OGRFieldDefn field(field_name, OFTInteger);
  layer.CreateField(&field);
  for (const MadePolygon& polygon : polygons) {
    const auto [left, bottom, right, top] = polygon.box;
    OGRLinearRing ring;
    for (const auto& [x, y] :
         {std::pair{left, bottom}, {right, bottom}, {right, top}, {left, top}, {left, bottom}})
      ring.addPoint(x, y);
    OGRPolygon geometry;
    geometry.addRing(&ring);
    const OGRFeatureUniquePtr feature(OGRFeature::CreateFeature(layer.GetLayerDefn()));
    feature->SetField(0, polygon.value);
    feature->SetGeometry(&geometry);
    if (layer.CreateFeature(feature.get()) != OGRERR_NONE) throw std::runtime_error("can't write a polygon");
  }
}

}  // namespace

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "orthocover-georef-XXXXXX").string();
  m_path = mkdtemp(pattern.data());
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(m_path, ignored);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(m_path)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

void make_raster(const std::string& path, const Made& made, const std::string& driver) {
  std::vector<const char*> options;
  for (const std::string& option : made.options) options.push_back(option.c_str());
  options.push_back(nullptr);
  const GDALDataType type = GDALGetDataTypeByName(made.type.c_str());
  GDALDriver& made_by = driver_named(driver);
  CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
  GDALDataset* dataset = made_by.Create(path.c_str(), made.cols, made.rows, made.bands, type,
                                        const_cast<char**>(options.data()));
  if (dataset == nullptr) throw std::runtime_error("can't make " + path);
  if (!made.crs.empty()) {
    const OGRSpatialReference crs = crs_of(made.crs);
    dataset->SetSpatialRef(&crs);
  }
  if (made.geotransform) {
    std::array<double, 6> transform = *made.geotransform;
    dataset->SetGeoTransform(transform.data());
  }
  if (made.nodata) {
    for (int band = 1; band <= made.bands; ++band) dataset->GetRasterBand(band)->SetNoDataValue(*made.nodata);
  }
  if (made.alpha_last) dataset->GetRasterBand(made.bands)->SetColorInterpretation(GCI_AlphaBand);
  if (made.palette) {
    GDALColorTable table;
    const GDALColorEntry red{255, 0, 0, 255};
    table.SetColorEntry(1, &red);
    dataset->GetRasterBand(1)->SetColorTable(&table);
  }
  if (made.mask) add_mask(*dataset, made);
  fill(*dataset, made);
  std::vector<int> factors = made.overviews;
  if (!factors.empty())
    dataset->BuildOverviews("AVERAGE", static_cast<int>(factors.size()), factors.data(), 0, nullptr, nullptr,
                            nullptr);
  GDALClose(dataset);
}

Legend two_classes() {
  return Legend({{1, "grass", {0, 200, 0}, ""}, {3, "roof", {200, 0, 0}, ""}});
}

void make_polygons(const std::string& path, const std::string& crs, const std::vector<MadePolygon>& polygons,
                   const std::vector<MadePolygon>& windows) {
  GDALDataset* dataset = driver_named("GPKG").Create(path.c_str(), 0, 0, 0, GDT_Unknown, nullptr);
  add_layer(*dataset, "landcover", crs, "class", polygons);
  if (!windows.empty()) add_layer(*dataset, "windows", crs, "window", windows);
  GDALClose(dataset);
}

}  // namespace orthocover::test
