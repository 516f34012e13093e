#pragma once

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// Adds what a pixel has more than its neighbours.
struct Sharpen {
  Range alpha{0.2, 0.5};
  Range lightness{0.5, 1};

  struct Drawn {
    double alpha = 0;
    double lightness = 1;
  };
  static void declare(KeyTable<Sharpen>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// The side of a square kernel.
struct DrawnSize {
  int size = 3;
};

/// Mean of a square.
struct Blur {
  IntRange size{3, 5};

  using Drawn = DrawnSize;
  static void declare(KeyTable<Blur>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Median of a square.
struct MedianBlur {
  IntRange size{3, 5};

  using Drawn = DrawnSize;
  static void declare(KeyTable<MedianBlur>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

struct GaussianBlur {
  Range sigma{0.3, 1.5};

  struct Drawn {
    double sigma = 1;
    int size = 0;  ///< side of the kernel, odd; 0: 2 * int(3.5 sigma) + 1
  };
  static void declare(KeyTable<GaussianBlur>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Mean along a line.
struct MotionBlur {
  IntRange size{3, 7};

  struct Drawn {
    int size = 3;
    cv::Point from;  ///< ends of the line in the kernel
    cv::Point to;
  };
  static void declare(KeyTable<MotionBlur>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Detail is lost, as if the ground size were coarser.
struct Downscale {
  Range scale{0.4, 0.9};
  bool smooth = true;

  struct Drawn {
    double scale = 1;
    bool smooth = true;  ///< by area and bilinear, else nearest both ways
  };
  static void declare(KeyTable<Downscale>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
