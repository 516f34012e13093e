#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/feature_sink.h"
#include "georef/gdal/driver_options.h"

namespace orthocover {

/// Where the style goes with which QGIS opens a layer.
enum class StylePlace {
  Beside,  ///< a file NAME.qml
  Inside   ///< the table layer_styles of a GeoPackage
};

/// What writes a format. Text formats are left to OGR where the user gives options of its driver.
enum class FormatWriter { Ogr, GeoJson, GeoJsonSequence, Kml };

/// How a vector format is written.
struct VectorFormat {
  std::string driver = {};               ///< OGR's name
  std::vector<std::string> others = {};  ///< drivers that do as well where this one is missing
  std::vector<std::string> extensions = {};
  bool is_wgs84 = false;        ///< the format knows no other CRS
  bool tells_failures = false;  ///< the driver notices when writing fails
  bool has_widths = false;      ///< fields have a width, as in DBF
  bool has_size_limit = false;  ///< 2 GiB for each file, as in Shapefile
  FormatWriter writer = FormatWriter::Ogr;
  StylePlace style = StylePlace::Beside;
  DriverOptions layer_options = {};  ///< the defaults
};

/// The format of a layer: by the OGR driver's name, or by the extension of the path.
/// @throws Error{Usage} for an extension that no format has, or a driver that is no vector driver or can't
/// create files; Error{Resource} when this GDAL lacks the driver
VectorFormat vector_format(const VectorSpec& spec);

/// A class name that an encoding can't hold.
std::optional<std::string> unsuited_name(const VectorSpec& spec, const std::string& encoding);
/// @throws Error{Usage} where the encoding that is asked for can't hold a class name
void check_encoding(const VectorSpec& spec);

/// What a dataset that is replaced may have beside it and a new one need not bring along, by extension. The
/// projection of a CSV counts only where no other file of that name may own it.
std::vector<std::string> leftovers_of(const std::string& driver, const std::filesystem::path& target);

}  // namespace orthocover
