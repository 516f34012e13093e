#pragma once

#include <vector>

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// value * gain + offset.
struct BrightnessContrast {
  Range brightness{-0.2, 0.2};
  Range contrast{-0.2, 0.2};
  bool by_max = true;

  struct Drawn {
    double gain = 1;
    double brightness = 0;
    bool by_max = true;  ///< brightness is a share of 255, else of gain times the mean
  };
  static void declare(KeyTable<BrightnessContrast>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// 255 * (value / 255) ^ gamma.
struct Gamma {
  Range gamma{0.8, 1.25};

  struct Drawn {
    double gamma = 1;
  };
  static void declare(KeyTable<Gamma>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// A gain of its own for every colour, as another light or camera gives.
struct WhiteBalance {
  Range gain{0.9, 1.1};

  struct Drawn {
    double low = 1;
    double high = 1;
    std::uint64_t seed = 0;  ///< of the gains: their number is the sample's
  };
  static void declare(KeyTable<WhiteBalance>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// A shift of its own for red, green and blue.
struct RgbShift {
  Range red{-20, 20};
  Range green{-20, 20};
  Range blue{-20, 20};

  struct Drawn {
    double red = 0;
    double green = 0;
    double blue = 0;
  };
  static void declare(KeyTable<RgbShift>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
