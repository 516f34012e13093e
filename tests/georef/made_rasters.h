#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/ports/raster_sink.h"

namespace orthocover::test {

/// A folder of its own for one test, removed at its end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (m_path / name).string(); }
  const std::filesystem::path& path() const { return m_path; }
  /// Names of all files in it, hidden ones too, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path m_path;
};

/// A raster to be made through GDAL.
struct Made {
  int cols = 64;
  int rows = 48;
  int bands = 3;
  std::string type = "Byte";
  std::string crs = "EPSG:32633";
  std::optional<std::array<double, 6>> geotransform = std::array<double, 6>{500000, 0.1, 0, 5000000, 0, -0.1};
  std::vector<std::string> options;
  std::optional<double> nodata;
  bool alpha_last = false;
  bool palette = false;
  std::function<double(int band, int col, int row)> value = [](int band, int col, int row) {
    return 1 + (band * 50 + col + row) % 200;
  };
  std::function<bool(int col, int row)> mask;  ///< makes a per-dataset mask
  std::vector<int> overviews;
};

/// Makes a GeoTIFF (or what `driver` says).
void make_raster(const std::string& path, const Made& made = {}, const std::string& driver = "GTiff");

/// Two classes: 1 grass, 3 roof.
Legend two_classes();

/// Polygons in a GeoPackage: class, then corners in map units.
struct MadePolygon {
  int value;
  std::array<double, 4> box;  ///< min x, min y, max x, max y
};
void make_polygons(const std::string& path, const std::string& crs, const std::vector<MadePolygon>& polygons,
                   const std::vector<MadePolygon>& windows = {});

}  // namespace orthocover::test
