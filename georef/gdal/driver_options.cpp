#include "georef/gdal/driver_options.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// Names that a driver's list of options knows.
std::vector<std::string> known_options(GDALDriver& driver, const char* item) {
  std::vector<std::string> names;
  const char* list = driver.GetMetadataItem(item);
  const std::string text = list != nullptr ? list : "";
  const std::string marker = "<Option name='";
  for (std::size_t at = 0; (at = text.find("<Option name=", at)) != std::string::npos;) {
    at += marker.size();
    names.push_back(text.substr(at, text.find_first_of("'\"", at) - at));
  }
  return names;
}

std::vector<std::uint8_t> bytes_of(GDALDataset& raster) {
  const int cols = raster.GetRasterXSize();
  const int rows = raster.GetRasterYSize();
  const int bands = raster.GetRasterCount();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows * bands));
  if (raster.RasterIO(GF_Read, 0, 0, cols, rows, bytes.data(), cols, rows, GDT_Byte, bands, nullptr, 0, 0, 0,
                      nullptr) != CE_None)
    bytes.clear();
  return bytes;
}

/// Drivers leave different numbers behind where there is none.
std::optional<std::array<double, 6>> geotransform_of(GDALDataset& raster) {
  std::array<double, 6> transform{};
  if (raster.GetGeoTransform(transform.data()) != CE_None) return std::nullopt;
  return transform;
}

bool has_same_grid(GDALDataset& a, GDALDataset& b) {
  return a.GetRasterXSize() == b.GetRasterXSize() && a.GetRasterYSize() == b.GetRasterYSize() &&
         a.GetRasterCount() == b.GetRasterCount() && geotransform_of(a) == geotransform_of(b);
}

}  // namespace

GDALDriver& driver_named(const std::string& name) {
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(name.c_str());
  if (driver == nullptr) throw resource_error("this GDAL has no {} driver; install one that has", name);
  return *driver;
}

CPLStringList driver_options(GDALDriver& driver, const char* list, const char* flag,
                             const DriverOptions& defaults, const DriverOptions& given) {
  const std::vector<std::string> known = known_options(driver, list);
  CPLStringList options;
  for (const auto& [key, value] : defaults) options.SetNameValue(key.c_str(), value.c_str());
  for (const auto& [key, value] : given) {
    const bool is_known = std::ranges::any_of(
        known, [&, &name = key](const std::string& other) { return EQUAL(other.c_str(), name.c_str()); });
    if (!is_known) {
      throw option_error("{}: {} has no creation option {}{}", flag, driver.GetDescription(), key,
                         did_you_mean(key, known));
    }
    options.SetNameValue(key.c_str(), value.c_str());
  }
  return options;
}

void check_keeps_raster(GDALDriver& driver, const CPLStringList& options, GDALDataset& raster,
                        const DriverOptions& given) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : given) texts.push_back(key + "=" + value);
  const auto refuse = [&](std::string_view why) { throw option_error("--co {}: {}", join(texts), why); };
  // Copies of rasters with a palette leave the first out, but not what is written block by block; bytes of
  // -128 to 127 can't hold 255.
  if (options.FetchNameValue("DISCARD_LSB") != nullptr ||
      EQUAL(options.FetchNameValueDef("PIXELTYPE", ""), "SIGNEDBYTE"))
    refuse("would change the map's values; choose what is lossless");
  const GdalErrors errors;
  const MemoryFolder folder;
  const std::string path = folder / "map.tif";
  DatasetPtr file(
      driver.CreateCopy(path.c_str(), &raster, FALSE, const_cast<char**>(options.List()), nullptr, nullptr));
  const bool is_written = file != nullptr;
  file.reset();
  if (!is_written || errors.failed()) {
    const std::string why = errors.message();
    const std::string trial = path + ": ";
    refuse(why.starts_with(trial) ? why.substr(trial.size()) : why);
  }
  const CPLStringList names = folder.names();
  for (int i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i];
    if (!name.starts_with('.') && name != "map.tif" && name != "map.tif.aux.xml")
      refuse(fmt::format("would write a further file beside the map ({}); leave it out", name));
  }
  file = open_raster_dataset(path);
  if (!has_same_grid(raster, *file))
    throw usage_error("--co {}: would change the map's grid; leave it out, and warp the map", join(texts));
  if (bytes_of(raster) != bytes_of(*file)) refuse("would change the map's values; choose what is lossless");
}

}  // namespace orthocover
