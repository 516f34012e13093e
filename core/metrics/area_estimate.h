#pragma once

#include <cstdint>
#include <vector>

namespace orthocover {

/// Of 95 %, two-sided.
inline constexpr double kNormalQuantile = 1.96;

/// A value with its standard error and the limits of its 95 % confidence interval.
struct Estimate {
  double value = 0;
  double standard_error = 0;
  /// Not value +- 1.96 standard errors: points that are all alike have none, but may have missed something.
  double low = 0;
  double high = 0;

  double half_width() const { return kNormalQuantile * standard_error; }
};

/// What points drawn at random inside a class of a map are in truth.
struct Stratum {
  int map_class = 0;
  double area = 0;                    ///< mapped as the class, in the unit of all strata
  std::uint64_t pixels = 0;           ///< points are from
  std::vector<std::uint64_t> points;  ///< by reference class
};

/// Accuracy and area by class, estimated from a stratified sample.
struct AreaEstimate {
  Estimate overall_accuracy;
  std::vector<Estimate> users_accuracy;      ///< by class; meaningless where sampled[c] is 0
  std::vector<Estimate> producers_accuracy;  ///< by class; 0 where no point is of the class
  std::vector<Estimate> area;                ///< by reference class, in the unit of the strata
  std::vector<std::uint64_t> sampled;        ///< points by map class
  std::vector<std::size_t> left_out;         ///< strata of unknown variance; nothing is said of their ground
  std::vector<bool> misses_own;              ///< by class: of one of these; area and producer's tell nothing
};

/// Design-based estimates: what the map says counts only as the strata, the points decide. A class may have
/// several strata, as where several maps have points of their own. A stratum with area but fewer than two
/// points has no variance and is left out, unless all its pixels are known.
/// @throws Error{Data} when no stratum with area is left
/// @source Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015, equations 1 to 11; for finite strata Cochran
/// 1977, "Sampling techniques", equation 5.7. Limits: Wilson's score interval for each stratum, combined by
/// the recovery of variance estimates, Zou & Donner 2008, doi 10.1002/sim.3095; of ratios Newcombe 2016, doi
/// 10.1177/0962280213502144
AreaEstimate estimate_areas(const std::vector<Stratum>& strata, int classes);

/// How points are shared out among the classes of a map.
enum class Allocation {
  Proportional,  ///< to the area, which serves overall accuracy and areas
  Equal,         ///< which serves the users' accuracies of rare classes
  Neyman         ///< to area times the expected deviation
};

/// Points for a wanted standard error of the overall accuracy.
/// @param mapped_px, expected_users_accuracy by class
/// @source the same, equation 13; of finite classes Cochran 1977, section 5.9
std::int64_t sample_size(const std::vector<double>& mapped_px,
                         const std::vector<double>& expected_users_accuracy, double standard_error);

/// The standard error of the overall accuracy that points of each class lead to.
double expected_error(const std::vector<std::int64_t>& points, const std::vector<double>& mapped_px,
                      const std::vector<double>& expected_users_accuracy);

/// Points for each class, at least `minimum` for every class that has area; the others share what is left.
/// The sum is `points`, more where the minimum asks for it.
std::vector<std::int64_t> allocate(std::int64_t points, const std::vector<double>& mapped_area,
                                   const std::vector<double>& expected_users_accuracy, Allocation allocation,
                                   std::int64_t minimum);

/// The same, where no class gets more points than it has pixels; the others share what it can't have.
std::vector<std::int64_t> allocate_pixels(std::int64_t points, const std::vector<double>& mapped_px,
                                          const std::vector<double>& expected_users_accuracy,
                                          Allocation allocation, std::int64_t minimum);

}  // namespace orthocover
