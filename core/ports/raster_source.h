#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/geometry/window.h"

namespace orthocover {

/// Map coordinates (x, y) of a place in pixels.
/// @param g the geotransform, in GDAL's order
inline std::array<double, 2> on_map(const std::array<double, 6>& g, double col, double row) {
  return {g[0] + col * g[1] + row * g[2], g[3] + col * g[4] + row * g[5]};
}

/// What tells a CRS from others: its number, for PROJ's words for it change with its version and with what it
/// was asked before; else the words.
/// @param name as RasterInfo::crs_name
inline const std::string& crs_key(const std::string& name, const std::string& wkt) {
  return name.find("(EPSG:") == std::string::npos ? wkt : name;
}

/// Where a raster lies on the earth. Both members are absent for a plain camera frame.
struct GeoReference {
  std::string crs_wkt;                                ///< WKT 2 of the CRS, empty when unknown
  std::optional<std::array<double, 6>> geotransform;  ///< for on_map()
};

/// One band of a raster as it is stored.
struct BandInfo {
  std::string data_type;  ///< GDAL's name: Byte, UInt16, Float32 ...
  std::string description;
  std::string color;  ///< colour interpretation: Red, Green, Blue, NIR, Gray, Undefined ...
  std::optional<double> nodata;
  int number = 0;  ///< in the file, counted from 1, alpha too
};

/// A reduced copy of the raster.
struct OverviewInfo {
  std::int64_t cols = 0;
  std::int64_t rows = 0;
};

/// What is known of a raster before a pixel is read.
struct RasterInfo {
  std::string path;
  std::string driver;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::vector<BandInfo>
      bands;           ///< the selected data bands, in the order of the selection; never an alpha band
  int file_bands = 0;  ///< bands in the file, alpha included
  bool has_alpha = false;
  bool has_mask = false;                ///< a per-dataset or per-band mask
  std::vector<OverviewInfo> overviews;  ///< finest first
  std::int64_t block_cols = 0;
  std::int64_t block_rows = 0;
  GeoReference georeference;
  int control_points = 0;  ///< ground control points, where there is no geotransform
  int pages = 1;           ///< rasters in the file, of which this is the first
  double uncovered = 0;    ///< share of a mosaic that no part covers and that counts as ground
  std::string crs_name;    ///< for people: `WGS 84 / UTM zone 15N (EPSG:32615)`
  std::optional<double>
      ground_size_m;  ///< side of a pixel on the ground at the scene's centre, geometric mean of both axes;
                      ///< what GeoIo::open_raster was told where the file doesn't tell
  double pixel_aspect = 1;  ///< width of a pixel on the ground by its height; 1 where it is nearly square

  /// Type of its values: that of all bands, Float32 where they differ.
  std::string data_type() const;
  /// Numbers of the bands whose colour or description is each of the names; empty where one is missing.
  std::vector<int> bands_called(const std::vector<std::string>& names) const;
  Window window() const { return {0, 0, cols, rows}; }
  /// All pixels of one copy of the raster.
  /// @param overview -1: full resolution
  Window window_of_copy(int overview) const {
    if (overview < 0) return window();
    const OverviewInfo& copy = overviews[static_cast<std::size_t>(overview)];
    return {0, 0, copy.cols, copy.rows};
  }
};

/// Checks that a raster covers the ground of a map pixel by pixel, as far as both know their place.
/// @throws Error{Data} when it has another size, or begins or ends elsewhere
void check_on_grid(const RasterInfo& raster, const RasterInfo& map);

/// A scene without a valid pixel, as tiles beyond the rim of an orthophoto are.
class EmptyScene final : public Error {
 public:
  EmptyScene(const std::string& path, std::string_view where)
      : Error(ErrorKind::Data, fmt::format("{}: has no valid pixel{}", path, where)) {}
};

/// Pixels of one window with their validity. Reused between reads so that memory is allocated once.
template <class Value>
struct PixelBlockOf {
  int bands = 0;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  Buffer<Value> values;             ///< @shape [bands, rows, cols]; unspecified (but finite) where not valid
  std::vector<std::uint8_t> valid;  ///< @shape [rows, cols]; 1 valid, 0 not

  Value* band(int index) { return values.data() + index * cols * rows; }
  const Value* band(int index) const { return values.data() + index * cols * rows; }
  void resize(int band_count, std::int64_t col_count, std::int64_t row_count) {
    bands = band_count, cols = col_count, rows = row_count;
    values.resize(static_cast<std::size_t>(bands * cols * rows));
    valid.resize(static_cast<std::size_t>(cols * rows));
  }
};

/// Copies the pixels of `part` to where they are in those of `window`, which contains it.
template <class Value>
void paste(const Value* from, const Window& part, const Window& window, Value* to) {
  to += (part.row - window.row) * window.cols + part.col - window.col;
  for (std::int64_t row = 0; row < part.rows; ++row, from += part.cols, to += window.cols)
    std::copy_n(from, part.cols, to);
}

template <class Value>
void paste(const PixelBlockOf<Value>& from, const Window& part, const Window& window,
           PixelBlockOf<Value>& to) {
  for (int band = 0; band < to.bands; ++band) paste(from.band(band), part, window, to.band(band));
  paste(from.valid.data(), part, window, to.valid.data());
}

/// The other way: `out` becomes the pixels of `part` of those of `window`.
template <class Value>
void cut(const PixelBlockOf<Value>& from, const Window& window, const Window& part,
         PixelBlockOf<Value>& out) {
  out.resize(from.bands, part.cols, part.rows);
  for (std::int64_t row = 0; row < part.rows; ++row) {
    const std::int64_t at = (part.row - window.row + row) * window.cols + part.col - window.col;
    std::copy_n(from.valid.begin() + at, part.cols, out.valid.begin() + row * part.cols);
    for (int band = 0; band < from.bands; ++band)
      std::copy_n(from.band(band) + at, part.cols, out.band(band) + row * part.cols);
  }
}

using PixelBlock = PixelBlockOf<float>;
using ByteBlock = PixelBlockOf<std::uint8_t>;

/// Reads windows of a scene. All members may be called from several threads at once.
class RasterSource {
 public:
  RasterSource() = default;
  RasterSource(const RasterSource&) = delete;
  RasterSource& operator=(const RasterSource&) = delete;
  virtual ~RasterSource() = default;

  virtual const RasterInfo& info() const = 0;

  /// Files that pixels and georeference come from, those inside a mosaic and those beside the raster too.
  virtual std::vector<std::string> files() const { return {info().path}; }

  /// Reads all selected bands of `window`, which lies inside the raster, or inside an overview of it.
  /// @param overview -1 for the full resolution (window in scene pixels), else an index into info().overviews
  /// (window in
  ///        that overview's pixels)
  /// @throws Error{Data} when a block can't be decoded
  virtual void read(const Window& window, int overview, PixelBlock& out) const = 0;

  /// Whether all values are bytes.
  bool has_bytes() const;
  /// read() as bytes, of a scene that has these.
  virtual void read_bytes(const Window& window, int overview, ByteBlock& out) const;

  /// What remains to be done to the values of a patch when they are resampled: read_patch().
  virtual void adjust(PixelBlock& /*patch*/) const {}

  /// Reads the validity mask alone.
  /// @param valid resized to [rows, cols]; 1 valid, 0 not
  virtual void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const = 0;
};

}  // namespace orthocover
