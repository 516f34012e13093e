#include "georef/dataset.h"

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "core/base/error.h"
#include "georef/gdal_error.h"

namespace orthocover {
namespace {

/// Why a file could not be opened, in words that help.
Error open_error(const std::string& path, const std::string& kind, const std::string& reason) {
  VSIStatBufL status;
  const bool is_file_name = path.find(':') == std::string::npos || path.starts_with("/vsi");
  if (is_file_name && VSIStatL(path.c_str(), &status) != 0) return data_error("{}: no such file", path);
  if (is_file_name && VSI_ISDIR(status.st_mode))
    return data_error("{}: is a folder, a {} file is wanted", path, kind);
  return data_error("{}: is not a {} that GDAL can read: {}", path, kind, reason);
}

DatasetPtr open(const std::string& path, unsigned flags, const std::string& kind) {
  const GdalErrors errors;
  DatasetPtr dataset(GDALDataset::Open(path.c_str(), flags | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR));
  if (!dataset) throw open_error(path, kind, errors.message());
  return dataset;
}

}  // namespace

DatasetPtr open_raster_dataset(const std::string& path) {
  return open(path, GDAL_OF_RASTER, "raster");
}

DatasetPtr open_vector_dataset(const std::string& path) {
  return open(path, GDAL_OF_VECTOR, "vector");
}

OGRSpatialReference crs_from_wkt(const std::string& wkt) {
  OGRSpatialReference crs;
  if (!wkt.empty()) crs.importFromWkt(wkt.c_str());
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

std::string wkt_of(const OGRSpatialReference* crs) {
  if (crs == nullptr || crs->IsEmpty()) return {};
  const char* const options[] = {"FORMAT=WKT2_2019", nullptr};
  char* text = nullptr;
  std::string wkt;
  if (crs->exportToWkt(&text, options) == OGRERR_NONE && text != nullptr) wkt = text;
  CPLFree(text);
  return wkt;
}

std::string crs_name(const OGRSpatialReference* crs) {
  if (crs == nullptr || crs->IsEmpty()) return {};
  const char* name = crs->GetName();
  const char* authority = crs->GetAuthorityName(nullptr);
  const char* code = crs->GetAuthorityCode(nullptr);
  std::string text = name != nullptr ? name : "unnamed";
  if (authority != nullptr && code != nullptr) text += fmt::format(" ({}:{})", authority, code);
  return text;
}

}  // namespace orthocover
