#pragma once

#include <cstdint>
#include <map>

namespace orthocover {

/// A sink of polygons that measures them as it writes them, so that their areas need not be measured again.
class MeasuredAreas {
 public:
  MeasuredAreas() = default;
  MeasuredAreas(const MeasuredAreas&) = delete;
  MeasuredAreas& operator=(const MeasuredAreas&) = delete;
  virtual ~MeasuredAreas() = default;

  /// Area on the ground by value of the class; empty where it is not known.
  virtual const std::map<std::int64_t, double>& area_m2_by_value() const = 0;
};

}  // namespace orthocover
