#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace orthocover::vectorize {

/// What the removal of points by area works on.
struct VisvalingamRequest {
  std::size_t points = 0;        ///< the first and the last one always stay
  std::size_t least_inside = 0;  ///< so many between them stay as well
  double area_limit = 0;         ///< a point goes while its triangle is not larger
  std::function<double(std::size_t, std::size_t, std::size_t)> area;  ///< of the triangle of three points
  std::function<bool(std::size_t, std::size_t)>
      may_join;  ///< whether a line may replace all between two points
};

/// Removes points in ascending order of the area of the triangle with their neighbours.
/// @return positions that stay, ascending
/// @source M. Visvalingam, J. D. Whyatt, Line generalisation by repeated elimination of points, 1993
std::vector<std::size_t> visvalingam(const VisvalingamRequest& request);

}  // namespace orthocover::vectorize
