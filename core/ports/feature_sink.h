#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/legend/legend.h"
#include "core/ports/class_source.h"

namespace orthocover {

/// A vertex in raster coordinates: columns and rows from the upper left corner of the raster.
struct RasterVertex {
  double col = 0;
  double row = 0;
  friend bool operator==(const RasterVertex&, const RasterVertex&) = default;
};

/// One feature of a land-cover layer: one or more polygons of equal class, in raster coordinates. Polygons
/// that share an edge have the same vertices along it.
struct RasterPolygon {
  std::int64_t value = 0;
  std::vector<RasterVertex> vertices;    ///< of all rings; each ring is closed (its first vertex comes again)
  std::vector<std::uint32_t> ring_ends;  ///< for each ring, one past its last vertex
  std::vector<std::uint32_t> part_ends;  ///< for each polygon, one past its last ring; its first is the shell
  std::optional<double> confidence;      ///< mean of the pixels' confidence, as stored in its raster
};

/// Calls `act(ring, is_shell)` for every ring of a polygon, part by part.
template <class Polygon, class Act>
void for_each_ring(const Polygon& polygon, const Act& act) {
  const std::span vertices(polygon.vertices);
  std::size_t begin = 0, ring = 0;
  for (const std::uint32_t part_end : polygon.part_ends) {
    for (bool is_shell = true; ring < part_end; ++ring, is_shell = false) {
      const std::size_t end = polygon.ring_ends[ring];
      act(vertices.subspan(begin, end - begin), is_shell);
      begin = end;
    }
  }
}

/// A closed ring: its first vertex comes again.
using RasterRing = std::span<const RasterVertex>;

/// Calls `act(from, to)` for every edge of a closed ring.
template <class Act>
void for_each_edge(RasterRing ring, const Act& act) {
  for (std::size_t i = 1; i < ring.size(); ++i) act(ring[i - 1], ring[i]);
}

/// What a vector layer of a class raster is to look like.
struct VectorSpec {
  std::string path;
  std::string format;               ///< OGR driver name; empty: the extension of `path` chooses
  std::string other_ways;           ///< to name the format where the extension does not, for messages
  std::string layer;                ///< empty: the file's name without extension
  std::vector<ClassEntry> classes;  ///< names and colours, in the order of the legend; others get their value
  std::string crs;                  ///< of the output, anything that PROJ reads; empty: that of the raster
  bool multi_part = false;          ///< features may have several parts
  bool with_confidence = false;
  bool overwrite = false;
  std::optional<Legend> map_legend;  ///< of the map whose style the file beside the layer is too
  bool append = false;  ///< to a layer of an existing GeoPackage, in place of it with `overwrite`, or adds it
  std::vector<std::pair<std::string, std::string>> creation_options;  ///< of the layer
};

/// Writes polygons to a vector layer and shows it only when committed. Not thread-safe.
/// Life: write()*, finish(), commit(); destruction before commit() removes every trace.
class FeatureSink : public PendingOutput {
 public:
  /// @throws Error{Resource} when the disk is full or a limit of the format is reached
  virtual void write(std::span<const RasterPolygon> polygons) = 0;
  /// Completes the layer under its temporary name: indexes, style.
  /// @throws Error{Resource}
  virtual void finish() = 0;
  /// Ground by value of the class, where it is measured as polygons are written; empty where it is not known.
  virtual std::map<std::int64_t, double> area_m2_by_value() const { return {}; }
};

}  // namespace orthocover
