#include "georef/gdal/dataset.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <cpl_vsi_error.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/ports/area_mask.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// Where a file that can't be had need not be missing.
bool is_on_network(const std::string& path) {
  constexpr std::array kNetworks = {"/vsicurl", "/vsis3",    "/vsigs",   "/vsiaz",     "/vsiadls",
                                    "/vsioss",  "/vsiswift", "/vsihdfs", "/vsiwebhdfs"};
  return std::ranges::any_of(kNetworks, [&](const char* prefix) { return path.starts_with(prefix); });
}

/// Why a file could not be opened, in words that help.
Error open_error(const std::string& path, const std::string& kind, const std::string& reason) {
  VSIStatBufL status;
  const bool is_file_name = path.find(':') == std::string::npos || path.starts_with("/vsi");
  if (is_on_network(path)) return data_error("{}: can't be read: {}", path, reason);
  if (is_file_name && VSIStatL(path.c_str(), &status) != 0) return data_error("{}: no such file", path);
  if (is_file_name && VSI_ISDIR(status.st_mode))
    return data_error("{}: is a folder, a {} file is wanted; name the files in it, e.g. {}", path, kind,
                      (std::filesystem::path(path) / (kind == "vector" ? "*.gpkg" : "*.tif")).string());
  if (reason.find(std::strerror(EMFILE)) != std::string::npos)
    return resource_error("{}: {}; raise the limit (ulimit -n)", path, reason);
  const bool wants_vector = kind == "vector";
  const unsigned other = wants_vector ? GDAL_OF_RASTER : GDAL_OF_VECTOR;
  if (const DatasetPtr found{GDALDataset::Open(path.c_str(), other | GDAL_OF_READONLY)})
    return data_error("{}: is a {} file ({}), a {} file is wanted", path, wants_vector ? "raster" : "vector",
                      found->GetDriverName(), kind);
  return data_error("{}: is not a {} that GDAL can read: {}", path, kind, reason);
}

/// What is read as it comes would never end, or hold up the program past any wish to stop.
bool is_pipe(const std::string& path) {
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  return type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::socket;
}

DatasetPtr open(const std::string& path, unsigned flags, const std::string& kind) {
  if (is_pipe(path)) throw data_error("{}: is a pipe or a socket, a file is wanted", path);
  const GdalErrors errors;
  VSIErrorReset();
  DatasetPtr dataset(GDALDataset::Open(path.c_str(), flags | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR));
  const char* from_network = VSIGetLastErrorMsg();
  if (!dataset) throw open_error(path, kind, *from_network != 0 ? from_network : errors.message());
  return dataset;
}

/// Beyond the end of a file of plain numbers, as ENVI's, GDAL may read zeros without a word.
void check_length(GDALDataset& dataset) {
  GDALDataset::RawBinaryLayout raw;
  VSIStatBufL file;
  if (std::string_view(dataset.GetDriverName()) == "GTiff" || !dataset.GetRawBinaryLayout(raw) ||
      VSIStatL(raw.osRawFilename.c_str(), &file) != 0)
    return;
  const auto reach = [](int count, GIntBig step) { return std::max<GIntBig>(0, (count - 1) * step); };
  const auto wanted = raw.nImageOffset + reach(dataset.GetRasterXSize(), raw.nPixelOffset) +
                      reach(dataset.GetRasterYSize(), raw.nLineOffset) +
                      reach(dataset.GetRasterCount(), raw.nBandOffset) +
                      GDALGetDataTypeSizeBytes(raw.eDataType);
  if (static_cast<vsi_l_offset>(file.st_size) < wanted)
    throw data_error("{}: is cut off, it has {} of {} bytes; copy it again", raw.osRawFilename, file.st_size,
                     wanted);
}

std::string quoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char letter : text) out.append(letter == quote ? 2 : 1, letter);
  return out + quote;
}

}  // namespace

DatasetPtr open_raster_dataset(const std::string& path) {
  DatasetPtr dataset = open(path, GDAL_OF_RASTER, "raster");
  check_length(*dataset);
  return dataset;
}

LayerPath layer_path(const std::string& path) {
  static constexpr std::array<std::string_view, 5> kMarks = {
      kLayerMark, "|layerid=", "|geometrytype=", "|uniquegeometrytype=", "|subset="};
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return {path, "", -1};
  const std::string lower = to_lower(path);
  std::size_t end = path.size();
  for (const std::string_view mark : kMarks) end = std::min(end, lower.find(mark));
  LayerPath found{path.substr(0, end), "", -1};
  while (end < path.size()) {
    const std::size_t next = std::min(path.find('|', end + 1), path.size());
    const auto has = [&](std::string_view mark) { return lower.compare(end, mark.size(), mark) == 0; };
    const std::string part = path.substr(end, next - end);
    const std::string value = part.substr(part.find('=') + 1);
    if (has("|subset="))
      throw data_error(
          "{}: filters of layers are not applied; save what passes as a layer, or use --where for labels",
          path);
    if (has(kLayerMark) && !found.layer.empty()) throw data_error("{}: names two layers, give one", path);
    if (has(kLayerMark))
      found.layer = value;
    else if (has("|layerid="))
      found.number = number_of<int>(value).value_or(std::numeric_limits<int>::max());  // there is none
    else if (std::ranges::none_of(kMarks, has))
      found.layer += part;  // a bar in its name
    end = next;
  }
  return found;
}

DatasetPtr open_vector_dataset(const std::string& path) {
  return open(layer_path(path).file, GDAL_OF_VECTOR, "vector");
}

DatasetPtr vector_dataset_if_any(const std::string& path) {
  const std::string file = layer_path(path).file;
  if (is_pipe(file)) return nullptr;
  return DatasetPtr(GDALDataset::Open(file.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY));
}

OGRFeatureUniquePtr next_feature(OGRLayer& layer, const std::string& path) {
  const GdalErrors errors;
  OGRFeatureUniquePtr feature(layer.GetNextFeature());
  // Of a Shapefile that is broken off, features come without their geometry.
  if (errors.failed() && (!feature || feature->GetGeometryRef() == nullptr))
    throw data_error("{}: layer {} is damaged or incomplete: {}", path, layer.GetName(),
                     one_line(errors.message()));
  return feature;
}

std::vector<std::string> files_of(const std::string& path) {
  const GdalErrors silent;
  std::vector<std::string> files{layer_path(path).file};
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (is_pipe(files[i])) continue;
    // What lies beside a source of a VRT is not in the VRT's own list.
    const unsigned kinds = i == 0 ? GDAL_OF_RASTER | GDAL_OF_VECTOR : GDAL_OF_RASTER;
    const DatasetPtr dataset(GDALDataset::Open(files[i].c_str(), kinds | GDAL_OF_READONLY));
    if (!dataset) continue;
    const CPLStringList parts(dataset->GetFileList());
    const auto add = [&](const std::string& file) {
      if (std::ranges::find(files, file) == files.end()) files.push_back(file);
    };
    for (int k = 0; k < parts.size(); ++k) add(parts[k]);
    const std::string table = fmt::format("{}.vat.dbf", files[i]);
    std::error_code ignored;
    if (std::filesystem::exists(table, ignored)) add(table);
  }
  return files;
}

std::string sql_name(const std::string& name) {
  return quoted(name, '"');
}

std::string sql_text(const std::string& text) {
  return quoted(text, '\'');
}

}  // namespace orthocover
