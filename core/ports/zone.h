#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/ports/feature_sink.h"

namespace orthocover {

/// A polygon that areas are wanted for.
struct Zone {
  std::int64_t id = 0;  ///< of the feature
  std::string name;
  RasterPolygon polygon;  ///< without vertices: it lies beyond the map
};

/// Which zones are to be read, and how.
struct ZoneRequest {
  std::string path;
  std::string field;  ///< of the names, or its number from 1; empty: a usual one, else the feature's id
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

}  // namespace orthocover
