#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// What is known of one value of a class raster.
struct ClassEntry {
  std::int64_t value = 0;
  std::string name;  ///< empty: not known
  std::optional<Color> color;
};

/// The classes of a legend, as layers and styles name them.
inline std::vector<ClassEntry> class_entries(const Legend& legend) {
  std::vector<ClassEntry> entries;
  for (const LegendClass& entry : legend.classes()) entries.push_back({entry.value, entry.name, entry.color});
  return entries;
}

/// Which raster of classes is to be read, and how.
struct ClassRequest {
  std::string path;
  std::optional<int> band;  ///< counted from 1; nothing: the first, but not of a red, green, blue image
  std::vector<std::int64_t> exclude;  ///< values to leave out, as if they were without data
};

/// Sides of a pixel at the raster's centre.
struct PixelSize {
  double width_m = 1;
  double height_m = 1;
  bool is_metric = false;  ///< false: the CRS is unknown, and these are map units
  double skew_m = 0;       ///< how far a step down a column goes along the row

  /// Between rows, at right angles.
  double across_m() const { return std::sqrt(height_m * height_m - skew_m * skew_m); }
  double area_m2() const { return width_m * across_m(); }
};

/// Columns or rows without classes that lie between far sheets of a mosaic.
struct LeftOut {
  std::int64_t before = 0;  ///< column or row of what is left that they lie before
  std::int64_t count = 0;
};

/// A class raster of any program: whole numbers, read by full rows as small codes. All members may be called
/// from several threads at once.
class ClassSource {
 public:
  /// Code of pixels that belong to no class: nodata, masked, excluded.
  static constexpr std::uint16_t kNoCode = 0;

  ClassSource() = default;
  ClassSource(const ClassSource&) = delete;
  ClassSource& operator=(const ClassSource&) = delete;
  virtual ~ClassSource() = default;

  virtual const RasterInfo& info() const = 0;
  virtual PixelSize pixel_size() const = 0;
  /// Names and colours that the file itself tells, by value; empty when it tells none.
  virtual const std::vector<ClassEntry>& classes() const = 0;

  /// Reads whole rows. The same value always has the same code, in whatever order rows are read.
  /// @param codes @shape [rows, info().cols]
  /// @throws Error{Data} when a block can't be decoded, or at the 65,536th different value
  virtual void read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const = 0;

  /// What info() and read_rows() are without; vertices count it. Ascending.
  virtual std::span<const LeftOut> left_out_cols() const { return {}; }
  virtual std::span<const LeftOut> left_out_rows() const { return {}; }

  /// Value of a code that read_rows() has given; not for kNoCode.
  virtual std::int64_t value_of(std::uint16_t code) const = 0;
};

}  // namespace orthocover
