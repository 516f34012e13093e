#pragma once

#include <cstdint>
#include <vector>

namespace orthocover {

/// A value with its standard error.
struct Estimate {
  double value = 0;
  double standard_error = 0;

  /// Half the width of the 95 % confidence interval.
  double half_width() const { return 1.96 * standard_error; }
};

/// Reference classes of points drawn at random inside each class of a map.
struct StratifiedSample {
  std::vector<std::vector<std::uint64_t>> counts;  ///< @shape [map class (stratum)][reference class]
  std::vector<double> mapped_area;                 ///< of each map class, in any unit
};

/// Accuracy and area by class, estimated from a stratified sample.
struct AreaEstimate {
  Estimate overall_accuracy;
  std::vector<Estimate> users_accuracy;      ///< by class; meaningless where sampled[c] is 0
  std::vector<Estimate> producers_accuracy;  ///< by class; 0 where no point is of the class
  std::vector<Estimate> area;                ///< by reference class, in the unit of mapped_area
  std::vector<std::uint64_t> sampled;        ///< points by map class
};

/// Design-based estimates: what the map says counts only as the strata, the points decide.
/// @throws Error{Data} for a stratum with area but fewer than two points, whose variance is unknown
/// @source Olofsson et al. 2014, "Good practices for estimating area and assessing accuracy of land change",
/// doi 10.1016/j.rse.2014.02.015, equations 1 to 11
AreaEstimate estimate_areas(const StratifiedSample& sample);

/// How points are shared out among the classes of a map.
enum class Allocation {
  Proportional,  ///< to the area, which serves overall accuracy and areas
  Equal,         ///< which serves the users' accuracies of rare classes
  Neyman         ///< to area times the expected deviation
};

/// Points for a wanted standard error of the overall accuracy.
/// @param mapped_area, expected_users_accuracy by class
/// @source the same, equation 13
std::int64_t sample_size(const std::vector<double>& mapped_area,
                         const std::vector<double>& expected_users_accuracy, double standard_error);

/// Points for each class, at least `minimum` for every class that has area; the others share what is left.
/// The sum is at least `points`, more where the minimum asks for it.
std::vector<std::int64_t> allocate(std::int64_t points, const std::vector<double>& mapped_area,
                                   const std::vector<double>& expected_users_accuracy, Allocation allocation,
                                   std::int64_t minimum);

}  // namespace orthocover
