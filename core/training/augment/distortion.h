#pragma once

#include <vector>

#include "core/training/augment/key_table.h"
#include "core/training/augment/warp.h"

namespace orthocover::augment {

/// Stretches and squeezes the cells of a grid.
struct GridDistortion {
  int steps = 5;
  Range limit{-0.2, 0.2};
  BorderMode border = BorderMode::Reflect;
  double fill = 0;

  struct Drawn {
    std::vector<double> cols;  ///< stretch of each cell and of the rest
    std::vector<double> rows;
    Border border;
  };
  static void declare(KeyTable<GridDistortion>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Displaces pixels by a smooth random field.
struct Elastic {
  Range alpha{60, 120};
  Range sigma{6, 10};
  BorderMode border = BorderMode::Reflect;
  double fill = 0;

  struct Drawn {
    double alpha = 0;
    double sigma = 0;
    std::uint64_t seed = 0;
    Border border;
  };
  static void declare(KeyTable<Elastic>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// @param cols, rows CV_32FC1: pixels to look to the right and below
void displace(AugmentSample& sample, const cv::Mat& cols, const cv::Mat& rows, const Border& border);

/// Barrel and pincushion distortion of a lens.
struct OpticalDistortion {
  Range limit{-0.1, 0.1};
  Range shift{-0.05, 0.05};
  BorderMode border = BorderMode::Reflect;
  double fill = 0;

  struct Drawn {
    double k = 0;
    double across = 0;  ///< shift of the lens in widths, cut to whole pixels
    double down = 0;
    Border border;
  };
  static void declare(KeyTable<OpticalDistortion>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
