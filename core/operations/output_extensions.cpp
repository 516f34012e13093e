#include "core/operations/output_extensions.h"

namespace orthocover::operations {

const std::vector<std::string>& vector_extensions() {
  static const std::vector<std::string> kExtensions = {".gpkg", ".shp",      ".fgb", ".geojson",
                                                       ".json", ".geojsonl", ".kml"};
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

}  // namespace orthocover::operations
