#pragma once

#include <array>

#include "core/training/augment/key_table.h"
#include "core/training/augment/warp.h"

namespace orthocover::augment {

/// Shift, zoom and turn about the centre at once.
struct ShiftScaleRotate {
  Range shift{-0.0625, 0.0625};
  Range scale{0.85, 1.15};
  Range rotate{-45, 45};
  BorderMode border = BorderMode::Reflect;
  double fill = 0;

  struct Drawn {
    double angle_deg = 0;  ///< counter-clockwise
    double scale = 1;
    double across = 0;  ///< shift in widths
    double down = 0;    ///< shift in heights
    Border border;
  };
  static void declare(KeyTable<ShiftScaleRotate>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Zoom, turn, shear and shift about the centre.
struct Affine {
  Range scale{0.9, 1.1};
  bool keep_ratio = true;
  Range rotate{-15, 15};
  Range shear{-5, 5};
  Range translate{-0.05, 0.05};
  BorderMode border = BorderMode::Reflect;
  double fill = 0;

  struct Drawn {
    double scale_x = 1;
    double scale_y = 1;
    double angle_deg = 0;  ///< counter-clockwise
    double shear_x_deg = 0;
    double shear_y_deg = 0;
    double across = 0;  ///< shift in widths, cut to whole pixels
    double down = 0;
    Border border;
  };
  static void declare(KeyTable<Affine>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
  /// Source to destination pixels.
  static cv::Matx23d matrix(const Drawn& drawn, cv::Size size);
};

/// A view from the side: the corners of a quadrangle inside the patch become the patch's corners.
struct Perspective {
  Range scale{0.02, 0.08};

  struct Drawn {
    /// Top left, top right, bottom right, bottom left, in widths and heights.
    std::array<cv::Point2d, 4> corners;
  };
  static void declare(KeyTable<Perspective>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
