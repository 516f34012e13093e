#pragma once

#include <vector>

#include "core/base/random.h"

namespace orthocover {

/// Chance that a patch takes on some of another scene's colours, where nothing else is asked for.
inline constexpr double kUsualStyleShare = 0.4;

/// What is measured of each band of one scene, in scaled values.
struct BandStatistics {
  std::vector<double> mean;
  std::vector<double> deviation;
  std::vector<double> lowest{};   ///< but for a thousandth of the pixels, which may be faulty
  std::vector<double> highest{};  ///< the same
};

/// value' = gain * value + offset, in scaled values.
struct BandChange {
  double gain = 1;
  double offset = 0;
};

/// Moves the colours of a scene a random part of the way to those of another: first and second moment of
/// every band.
/// @param probability of any change at all
/// @source after Reinhard et al. 2001, "Color Transfer between Images"; ours per band and in part
std::vector<BandChange> draw_style(double probability, const BandStatistics& own, const BandStatistics& other,
                                   Random& random);

}  // namespace orthocover
