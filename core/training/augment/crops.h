#pragma once

#include "core/training/augment/key_table.h"
#include "core/training/augment/warp.h"

namespace orthocover::augment {

/// A part of the patch, enlarged to its size.
struct DrawnCrop {
  double width = 1;  ///< of the part, in widths of the patch
  double height = 1;
  double across = 0;  ///< place among all possible ones, 0..1
  double down = 0;
};

/// The pixels of a drawn part.
cv::Rect crop_window(const DrawnCrop& drawn, cv::Size size);

/// A square part of drawn side.
struct RandomCrop {
  Range size{0.5, 1};

  using Drawn = DrawnCrop;
  static void declare(KeyTable<RandomCrop>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// A part of drawn area and shape.
struct RandomResizedCrop {
  Range scale{0.5, 1};
  Range ratio{0.75, 4.0 / 3};

  using Drawn = DrawnCrop;
  static void declare(KeyTable<RandomResizedCrop>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
