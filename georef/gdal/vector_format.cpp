#include "georef/gdal/vector_format.h"

#include <cpl_conv.h>
#include <cpl_string.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

const auto& known_formats() {
  static const std::vector<VectorFormat> kFormats = {
      {.driver = "GPKG",
       .extensions = {".gpkg"},
       .tells_failures = true,
       .style = StylePlace::Inside,
       .layer_options = {{"GEOMETRY_NAME", "geom"}, {"FID", "fid"}}},
      {.driver = "ESRI Shapefile",
       .extensions = {".shp"},
       .tells_failures = true,
       .has_widths = true,
       .has_size_limit = true,
       .layer_options = {{"ENCODING", "UTF-8"}}},
      {.driver = "GeoJSON",
       .extensions = {".geojson", ".json"},
       .is_wgs84 = true,
       .writer = FormatWriter::GeoJson,
       .layer_options = {{"RFC7946", "YES"}}},
      {.driver = "GeoJSONSeq",
       .extensions = {".geojsonl", ".geojsons", ".ndjson"},
       .is_wgs84 = true,
       .writer = FormatWriter::GeoJsonSequence},
      {.driver = "FlatGeobuf",
       .extensions = {".fgb"},
       .tells_failures = true,
       .layer_options = {{"SPATIAL_INDEX", "YES"}}},
      {.driver = "CSV", .layer_options = {{"GEOMETRY", "AS_WKT"}, {"CREATE_CSVT", "YES"}}},
      {.driver = "KML",
       .others = {"LIBKML"},
       .extensions = {".kml"},
       .is_wgs84 = true,
       .writer = FormatWriter::Kml}};
  return kFormats;
}

/// Drivers that can create vector files of other things only, as GDAL does not tell.
constexpr std::array<std::string_view, 6> kWithoutPolygons = {"GPX", "ODS", "XLSX", "WAsP", "VDV", "Selafin"};

bool has(GDALDriver& driver, const char* capability) {
  return CPLFetchBool(driver.GetMetadata(), capability, false);
}

GDALDriver* find_driver(const std::string& name) {
  return GetGDALDriverManager()->GetDriverByName(name.c_str());
}

/// Drivers that can create vector files.
std::vector<std::string> writers() {
  std::vector<std::string> names;
  for (int i = 0; i < GetGDALDriverManager()->GetDriverCount(); ++i) {
    GDALDriver& driver = *GetGDALDriverManager()->GetDriver(i);
    if (has(driver, GDAL_DCAP_VECTOR) && has(driver, GDAL_DCAP_CREATE))
      names.emplace_back(driver.GetDescription());
  }
  return names;
}

/// Null where no known format has the extension.
const VectorFormat* format_of(const std::string& extension) {
  const auto found = std::ranges::find_if(known_formats(), [&](const VectorFormat& format) {
    return std::ranges::count(format.extensions, extension) > 0;
  });
  return found == known_formats().end() ? nullptr : &*found;
}

VectorFormat format_named(const std::string& name) {
  GDALDriver* driver = find_driver(name);
  if (driver == nullptr) {
    const std::string cure = format_of(fmt::format(".{}", to_lower(name)))
                                 ? "; it is for a folder, whose name ends with a slash"
                                 : did_you_mean(name, writers()) + "; ogrinfo --formats lists them";
    throw usage_error("--format: '{}' is no OGR driver of this GDAL{}", name, cure);
  }
  if (!has(*driver, GDAL_DCAP_VECTOR) || !has(*driver, GDAL_DCAP_CREATE)) {
    throw usage_error(
        "--format: {} can't create vector files; use GPKG, 'ESRI Shapefile', FlatGeobuf, GeoJSON ...",
        driver->GetDescription());
  }
  const std::string official = driver->GetDescription();
  if (std::ranges::count(kWithoutPolygons, official) > 0)
    throw usage_error("--format: {} holds no polygons; use GPKG, 'ESRI Shapefile', FlatGeobuf, GeoJSON ...",
                      official);
  for (const VectorFormat& format : known_formats()) {
    if (format.driver == official) return format;
  }
  return {.driver = official, .is_wgs84 = official == "LIBKML"};
}

/// The format with the first of its drivers that is there.
VectorFormat available(VectorFormat format) {
  for (const std::string& other : format.others) {
    if (find_driver(format.driver) == nullptr && find_driver(other) != nullptr) format.driver = other;
  }
  driver_named(format.driver);
  return format;
}

}  // namespace

VectorFormat vector_format(const VectorSpec& spec) {
  const std::string extension = lower_extension(spec.path);
  const VectorFormat* told = format_of(extension);
  if (!spec.format.empty()) {
    VectorFormat format = format_named(spec.format);
    const bool is_told_so = told == nullptr || told->driver == format.driver ||
                            std::ranges::count(told->others, format.driver) > 0 ||
                            (told->driver.starts_with("GeoJSON") && format.driver.starts_with("GeoJSON"));
    if (!is_told_so)
      throw usage_error("--format: {} is not what {} is called by its extension ({}); leave one of them out",
                        format.driver, spec.path, told->driver);
    // OGR would make a folder.
    const std::string own = format.driver == "FlatGeobuf" ? ".fgb"
                            : format.driver == "CSV"      ? ".csv"
                                                          : extension;
    if (extension != own)
      throw usage_error("{}: the name of a file of {} ends with {}", spec.path, format.driver, own);
    return format;
  }
  if (told != nullptr) return available(*told);
  std::vector<std::string> extensions;
  for (const VectorFormat& format : known_formats())
    extensions.insert(extensions.end(), format.extensions.begin(), format.extensions.end());
  const std::string fault = extension.empty()
                                ? "has no extension to tell the format"
                                : fmt::format("'{}' is the extension of no known vector format", extension);
  const std::string others = spec.other_ways.empty() ? "" : ", or " + spec.other_ways;
  throw usage_error("{}: {}; use one of {}{}", spec.path, fault, join(extensions), others);
}

std::optional<std::string> unsuited_name(const VectorSpec& spec, const std::string& encoding) {
  const GdalErrors silent;
  for (const ClassEntry& entry : spec.classes) {
    using Text = std::unique_ptr<char, decltype(&VSIFree)>;
    const Text there(CPLRecode(entry.name.c_str(), CPL_ENC_UTF8, encoding.c_str()), VSIFree);
    const Text back(CPLRecode(there.get(), encoding.c_str(), CPL_ENC_UTF8), VSIFree);
    if (entry.name != back.get()) return entry.name;
  }
  return std::nullopt;
}

void check_encoding(const VectorSpec& spec) {
  for (const auto& [key, value] : spec.creation_options) {
    if (to_lower(key) != "encoding" || value.empty()) continue;
    if (const auto name = unsuited_name(spec, value))
      throw usage_error("--lco ENCODING={}: can't hold the class name '{}'; UTF-8 holds all", value, *name);
  }
}

std::vector<std::string> leftovers_of(const std::string& driver, const std::filesystem::path& target) {
  namespace fs = std::filesystem;
  // Any other file of that name may need the projection.
  static constexpr std::string_view kNoneOfThem[] = {".csv",  ".csvt",    ".prj", ".qml", ".tif", ".tiff",
                                                     ".gpkg", ".geojson", ".fgb", ".kml", ".gml", ".json"};
  if (driver == "ESRI Shapefile")
    return {".sbn", ".sbx", ".qix", ".fix", ".idm", ".ind", ".qpj", ".cpg", ".prj", ".ain", ".shp.xml"};
  std::error_code ignored;
  const auto exists = [&](const fs::path& path) { return fs::exists(path, ignored); };
  if (driver != "CSV" || !exists(target) || !exists(fs::path(target).replace_extension(".csvt"))) return {};
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  for (fs::directory_iterator at(folder, ignored); at != fs::directory_iterator(); at.increment(ignored)) {
    const fs::path other = at->path().filename();
    if (other.stem() == target.stem() && std::ranges::count(kNoneOfThem, other.extension().string()) == 0)
      return {".csvt"};
  }
  return {".csvt", ".prj"};
}

}  // namespace orthocover
