#pragma once

#include <array>

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// Shifts in the hexcone model. Hue counts in steps of 2 degrees (0..179), saturation and value in 0..255.
struct HueSaturationValue {
  Range hue{-10, 10};
  Range saturation{-20, 20};
  Range value{-15, 15};
  bool keep_gray = true;

  struct Drawn {
    double hue = 0;
    double saturation = 0;
    double value = 0;
    /// Pixels without colour get none, and upward shifts of bytes are rounded; else all are truncated.
    bool keep_gray = true;
  };
  static void declare(KeyTable<HueSaturationValue>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Brightness, contrast, saturation and hue, by factors and in random order.
struct ColourJitter {
  Range brightness{0.8, 1.2};
  Range contrast{0.8, 1.2};
  Range saturation{0.8, 1.2};
  Range hue{-0.03, 0.03};

  struct Drawn {
    double brightness = 1;
    double contrast = 1;
    double saturation = 1;
    double hue = 0;                        ///< turns of the colour circle
    std::array<int, 4> order{0, 1, 2, 3};  ///< of the four above
  };
  static void declare(KeyTable<ColourJitter>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Equalises the lightness in tiles, with limited contrast.
struct Clahe {
  Range clip{1, 4};
  int tiles = 8;

  struct Drawn {
    double clip = 4;
    int tiles = 8;
  };
  static void declare(KeyTable<Clahe>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Luma in all three colours.
struct ToGray {
  struct Drawn {};
  static void declare(KeyTable<ToGray>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Red, green and blue in another order.
struct ChannelShuffle {
  struct Drawn {
    std::array<int, 3> order{0, 1, 2};  ///< what stands in red's, green's and blue's place
  };
  static void declare(KeyTable<ChannelShuffle>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

/// Empties some of the colours; one is always left.
struct ChannelDropout {
  IntRange channels{1, 1};
  double fill = 0;

  struct Drawn {
    int channels = 1;
    double fill = 0;
    std::uint64_t seed = 0;  ///< of the choice: the number of bands is the sample's
  };
  static void declare(KeyTable<ChannelDropout>& table);
  Drawn draw(Random& random) const;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

}  // namespace orthocover::augment
