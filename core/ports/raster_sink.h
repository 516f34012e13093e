#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/geometry/window.h"
#include "core/legend/legend.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// What a raster to be written looks like. Pixels are unsigned bytes: land-cover values, or percentages.
struct RasterSpec {
  std::string path;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  GeoReference georeference;
  std::vector<std::string> band_descriptions;  ///< one band each
  std::uint8_t nodata = kNoClass;
  std::optional<double> scale;   ///< value = scale * pixel, for percentages
  std::optional<Legend> legend;  ///< palette, category names, attribute table, QML: land-cover maps only
  bool style_file = true;        ///< with a legend: also a QML beside it
  /// Square metres of a value's pixels, asked for in finish(); empty: the attribute table tells no areas.
  std::function<double(std::uint8_t value)> area_m2;
  std::string format = "GTiff";  ///< GTiff or COG
  std::vector<std::pair<std::string, std::string>> creation_options;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< provenance
  bool overwrite = false;
  int writing_threads = 1;    ///< that compress blocks beside the thread that writes
  int finishing_threads = 1;  ///< that make a COG
  /// Asked while a COG is made; true ends that with Error{Cancelled}. Empty: never.
  std::function<bool()> is_cancelled;
};

/// Where QGIS looks for the style of a layer: NAME.qml beside it.
inline std::filesystem::path style_path(std::filesystem::path layer) {
  return layer.replace_extension(".qml");
}

/// Pixels per value, for the attribute table.
using ValueCounts = std::array<std::uint64_t, 256>;

/// Writes a raster window by window, and shows it only when committed. Not thread-safe.
/// Life: write()*, finish(), commit(); destruction before commit() removes every trace.
class RasterSink : public PendingOutput {
 public:
  /// Side of the square blocks of the file; windows that start and end on block borders (or the raster's rim)
  /// are written fastest. Each pixel comes once.
  static constexpr std::int64_t kBlockPx = 512;

  /// @param band counted from 0
  /// @param pixels @shape [window.rows, window.cols]
  /// @throws Error{Resource} when the disk is full
  virtual void write(const Window& window, int band, std::span<const std::uint8_t> pixels) = 0;

  /// Completes the file under its temporary name: attribute table, overviews, style, COG layout.
  /// @param counts pixels per value of band 0; used when the spec has a legend
  virtual void finish(const ValueCounts& counts) = 0;

  /// Path of the complete file between finish() and commit(), for tools that derive something from it.
  virtual std::string finished_path() const = 0;
};

}  // namespace orthocover
