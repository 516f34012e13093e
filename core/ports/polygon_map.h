#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/ports/zone.h"

namespace orthocover {

/// A class as a layer of polygons tells it.
struct PolygonClass {
  std::optional<std::int64_t> value;  ///< nothing where the layer knows classes by names alone
  std::string name;
};

/// Which layer of polygons is a map, and how its classes are found.
struct PolygonMapRequest {
  std::string path;
  std::string class_field;  ///< as in LabelRequest
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

/// A land-cover map of polygons.
class PolygonMap {
 public:
  /// Called with the number of a zone, the position of the class (nothing: the polygon has none), and the
  /// polygon or what of it lies in the zone.
  using Visit = std::function<void(std::size_t zone, std::optional<std::size_t> index, const RasterPolygon&)>;

  PolygonMap() = default;
  PolygonMap(const PolygonMap&) = delete;
  PolygonMap& operator=(const PolygonMap&) = delete;
  virtual ~PolygonMap() = default;

  /// A raster laid over the layer, in whose coordinates all polygons come: one without pixels.
  virtual const RasterInfo& info() const = 0;
  virtual const std::vector<PolygonClass>& classes() const = 0;

  /// Hands over every polygon once, as zone 0.
  /// @throws Error{Data}, Error{Cancelled}
  virtual void visit(const Visit& visit, RunContext& context) const = 0;
  /// Hands over what of every polygon lies in each zone, in one piece or several.
  /// @throws Error{Data}, Error{Cancelled}
  virtual void visit_within(std::span<const Zone> zones, const Visit& visit, RunContext& context) const = 0;
};

}  // namespace orthocover
