#pragma once

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// Noise of its own for every pixel and colour.
struct GaussianNoise {
  Range sigma{2, 7};

  struct Drawn {
    double sigma = 0;
    std::uint64_t seed = 0;
  };
  static void declare(KeyTable<GaussianNoise>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Adds CV_32FC(n) noise to the colours, clips and truncates.
void add_noise(AugmentSample& sample, const cv::Mat& noise);

/// Noise of a camera at high sensitivity: in hue and lightness.
struct IsoNoise {
  Range colour{0.01, 0.05};
  Range intensity{0.1, 0.5};

  struct Drawn {
    double colour = 0;
    double intensity = 0;
    std::uint64_t seed = 0;
  };
  static void declare(KeyTable<IsoNoise>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// What JPEG makes of the colours. Values that are no bytes get the change that their bytes suffer.
struct JpegCompression {
  IntRange quality{60, 95};

  struct Drawn {
    int quality = 95;
  };
  static void declare(KeyTable<JpegCompression>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
