#include "core/operations/batch/output_extensions.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover::operations {

const std::vector<std::string>& vector_extensions() {
  static const std::vector<std::string> kExtensions = {
      ".gpkg", ".shp", ".fgb", ".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson", ".kml"};
  return kExtensions;
}

const std::vector<std::string>& raster_extensions() {
  static const std::vector<std::string> kExtensions = {".tif", ".tiff"};
  return kExtensions;
}

const std::vector<std::string>& picture_extensions() {
  static const std::vector<std::string> kExtensions = {".png"};
  return kExtensions;
}

std::string extension_named(const std::string& word, const std::vector<std::string>& extensions) {
  const std::string extension = fmt::format("{}{}", word.starts_with('.') ? "" : ".", to_lower(word));
  return std::ranges::count(extensions, extension) > 0 ? extension : "";
}

void check_extension(const std::string& option, const std::string& path,
                     const std::vector<std::string>& extensions) {
  const std::string extension = lower_extension(path);
  if (std::ranges::find(extensions, extension) == extensions.end())
    throw usage_error("{}: '{}' has no known extension; use {}", option, path, join(extensions, " or "));
}

}  // namespace orthocover::operations
