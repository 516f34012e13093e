#include "core/training/masked_labels.h"

#include <gtest/gtest.h>

#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

std::unique_ptr<LabelSource> all_of_class_0() {
  return std::make_unique<test::MadeLabels>(std::vector<LabelledPiece>{{0, {0, 0, 100, 100}, 0, ""}},
                                            std::vector<LabelledRegion>{{"", {0, 0, 100, 100}}});
}

TEST(MaskedLabels, IgnoreWhatIsMaskedToThePixel) {
  const MaskedLabels masked(all_of_class_0(), {{10, 20, 30, 5}}, {});
  std::vector<std::uint8_t> labels;
  masked.read({0, 0, 100, 100}, 100, 100, labels);
  for (int row = 0; row < 100; ++row) {
    for (int col = 0; col < 100; ++col) {
      const bool inside = col >= 10 && col < 40 && row >= 20 && row < 25;
      EXPECT_EQ(labels[static_cast<std::size_t>(row * 100 + col)], inside ? kIgnoreLabel : 0)
          << col << ' ' << row;
    }
  }
}

TEST(MaskedLabels, OnCoarserGridsFollowTheCentresOfTheCells) {
  const MaskedLabels masked(all_of_class_0(), {{11, 0, 8, 100}}, {});
  std::vector<std::uint8_t> labels;
  // Cells of 4 px from column 2 on: centres at 4, 8, 12, 16, 20.
  masked.read({2, 0, 20, 4}, 5, 1, labels);
  EXPECT_EQ(labels, (std::vector<std::uint8_t>{0, 0, 255, 255, 0}));
}

}  // namespace
}  // namespace orthocover
