#pragma once

#include <vector>

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// Rectangles without content, in all bands.
struct CoarseDropout {
  IntRange holes{1, 8};
  Range height{0.05, 0.15};
  Range width{0.05, 0.15};
  double fill = 0;
  bool ignore = true;

  struct Drawn {
    std::vector<cv::Rect2d> holes;  ///< sides in sides of the patch; places among all possible ones, 0..1
    double fill = 0;
    bool ignore = true;
  };
  static void declare(KeyTable<CoarseDropout>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// @param ignore whether the labels there become kIgnoreLabel
void drop_rectangles(AugmentSample& sample, const std::vector<cv::Rect>& holes, double fill, bool ignore);

/// Darkens polygons.
struct Shadow {
  IntRange polygons{1, 2};
  int vertices = 5;
  Range intensity{0.25, 0.55};

  struct Drawn {
    std::vector<std::vector<cv::Point2d>> polygons;  ///< in sides of the patch
    double intensity = 0;                            ///< share of the light that is taken away
  };
  static void declare(KeyTable<Shadow>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// @param polygons in pixels
void darken(AugmentSample& sample, const std::vector<std::vector<cv::Point>>& polygons, double intensity);

/// A veil of scattered light, denser in some places than in others.
struct Fog {
  Range strength{0.05, 0.3};
  Range light{190, 245};
  double uneven = 0.5;

  struct Drawn {
    double strength = 0;  ///< share of the veil in the mean
    double light = 255;   ///< value of the veil
    double uneven = 0;    ///< largest relative change of the strength
    std::uint64_t seed = 0;
  };
  static void declare(KeyTable<Fog>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
