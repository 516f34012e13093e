#pragma once

#include <ogr_geometry.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/feature_sink.h"

struct PJconsts;
struct pj_ctx;

namespace orthocover {

/// Brings points from one CRS to another by one operation of PROJ, chosen once for a place: the result of a
/// point depends on the point alone, not on those that come with it. Not thread-safe.
class PointTransform {
 public:
  /// @param x,y a place in the source CRS for which the operation has to be good
  /// @throws Error{Data} when PROJ knows no way between both
  PointTransform(const std::string& source_wkt, const std::string& target_wkt, double x, double y);

  /// Transforms in place; x is easting or longitude (in degrees), whatever order the CRS has. What can't be
  /// transformed becomes infinite.
  /// @param stride_bytes from one point to the next
  void operator()(double* x, double* y, std::size_t stride_bytes, std::size_t count) const;

 private:
  struct ContextCloser {
    void operator()(pj_ctx* context) const;
  };
  struct OperationCloser {
    void operator()(PJconsts* operation) const;
  };
  using Operation = std::unique_ptr<PJconsts, OperationCloser>;

  std::unique_ptr<pj_ctx, ContextCloser> m_context;
  Operation m_operation;
};

/// The rings of a polygon in the coordinates of a layer, and the memory to make them.
struct PlacedRings {
  std::vector<OGRRawPoint> points;
  std::vector<std::uint32_t> ring_ends;
  std::vector<std::uint32_t> part_ends;
  std::vector<RasterVertex> vertices;  ///< with points on long edges
};

/// Turns each part whose longitudes lie beyond -180 to 180 degrees around the world, and cuts one across 180
/// degrees, where it is sound.
/// @source RFC 7946, 3.1.9
void settle_longitudes(PlacedRings& rings);

}  // namespace orthocover
