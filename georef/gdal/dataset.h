#pragma once

#include <gdal_priv.h>

#include <array>
#include <memory>
#include <string>

#include "core/ports/raster_source.h"

namespace orthocover {

struct DatasetCloser {
  void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
/// Owner of an open dataset.
using DatasetPtr = std::unique_ptr<GDALDataset, DatasetCloser>;

/// Opens a raster for reading.
/// @throws Error{Data} when the file is missing, no raster, or plain numbers that are cut off
DatasetPtr open_raster_dataset(const std::string& path);

/// A vector file and one of its layers, as QGIS writes them.
struct LayerPath {
  std::string file;
  std::string layer;  ///< empty: none is named
  int number = -1;    ///< from 0 on; below: none is given
};
/// What is after the layer and tells its kind of geometry does not count. A file that is there counts whole.
/// @throws Error{Data} for a filter, which would be left out
LayerPath layer_path(const std::string& path);

/// Opens a vector file for reading.
/// @param path may name a layer, too
/// @throws Error{Data} when the file is missing or holds no vectors
DatasetPtr open_vector_dataset(const std::string& path);

/// The same; null for what can't be opened.
DatasetPtr vector_dataset_if_any(const std::string& path);

/// The next feature of a layer; null after the last.
/// @throws Error{Data} when the file is damaged or broken off, which GDAL takes for its end
OGRFeatureUniquePtr next_feature(OGRLayer& layer, const std::string& path);

/// GeoIo::files_of()
std::vector<std::string> files_of(const std::string& path);

/// Places a raster of which nothing else is known: a unit for each pixel, rows downwards, as QGIS shows it.
constexpr std::array<double, 6> kPixelTransform = {0, 1, 0, 0, 0, -1};

/// A name in SQL: `"layer"`.
std::string sql_name(const std::string& name);
/// A text in SQL: `'it''s'`.
std::string sql_text(const std::string& text);

}  // namespace orthocover
