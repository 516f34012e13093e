#pragma once

#include <gdal_priv.h>
#include <ogr_spatialref.h>

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
/// @throws Error{Data} when the file is missing or no raster
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

/// CRS with x (easting, longitude) first, whatever its authority says; empty for an empty text.
OGRSpatialReference crs_from_wkt(const std::string& wkt);

/// A CRS as a layer is to be given it: drivers take UTM in feet, without a code, for UTM in metres where they
/// know the datum, but not where they know its PROJ string only.
OGRSpatialReference crs_of_layer(const OGRSpatialReference& crs);

/// A GeoPackage's word for coordinates of which nothing is known; without a CRS its layers count as being in
/// degrees.
OGRSpatialReference undefined_cartesian();

/// Whether there is no CRS, or a GeoPackage's word for none.
bool is_unknown(const OGRSpatialReference* crs);
/// Whatever the order of axes.
bool is_same(const OGRSpatialReference& a, const OGRSpatialReference& b);
/// Whether two CRSs are not known to differ.
bool may_be_same(const OGRSpatialReference* crs, const std::string& wkt);

/// WKT 2 of a CRS; empty when it is unknown.
std::string wkt_of(const OGRSpatialReference* crs);

/// Name and authority code for people: `WGS 84 / UTM zone 15N (EPSG:32615)`.
std::string crs_name(const OGRSpatialReference* crs);

}  // namespace orthocover
