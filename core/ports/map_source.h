#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry/window.h"
#include "core/legend/legend.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// A finished land-cover map: one band of legend values, 0 where there is no class.
class MapSource {
 public:
  MapSource() = default;
  MapSource(const MapSource&) = delete;
  MapSource& operator=(const MapSource&) = delete;
  virtual ~MapSource() = default;

  /// Size and place of the map.
  virtual const RasterInfo& info() const = 0;
  /// Classes as the file itself names and colours them; nothing where it does not.
  virtual const std::optional<Legend>& legend() const = 0;
  /// Values of a window of the map; nodata and masked pixels are 0.
  /// @param values resized to [rows, cols]
  /// @throws Error{Data} when a block can't be decoded
  virtual void read(const Window& window, std::vector<std::uint8_t>& values) const = 0;
};

/// A point whose class somebody looked up on the ground or in a picture.
struct ReferencePoint {
  std::int64_t col = 0;  ///< map pixel that it lies in
  std::int64_t row = 0;
  std::optional<int> class_index;  ///< position in the legend; nothing: not looked up yet
  std::optional<int> map_value;    ///< of the map that it was drawn on; nothing: not written down
};

/// Those of a file.
struct ReferencePoints {
  std::vector<ReferencePoint> points;
  std::int64_t off_map = 0;   ///< further points, which don't lie on the map
  std::int64_t repeated = 0;  ///< further points of known class, in the pixel of another
};

/// A point that is to be looked up.
struct SamplePoint {
  std::int64_t col = 0;  ///< map pixel; the point lies in its middle
  std::int64_t row = 0;
  std::uint8_t map_value = 0;
};

}  // namespace orthocover
