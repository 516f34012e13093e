#include "core/training/data/masked_labels.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(MaskedLabels, OnSomeGroundAreThoseOfItsRegions) {
  const auto ground = common_ground({{"b", {50, 0, 10, 20}}, {"c", {20, 40, 20, 20}}, {"d", {0, 90, 9, 9}}},
                                    {{"", {0, 0, 100, 10}}, {"", {0, 40, 100, 20}}});
  ASSERT_EQ(ground.size(), 2U);
  EXPECT_EQ(ground[0].name, "b");
  EXPECT_EQ(ground[0].window, (Window{50, 0, 10, 10}));
  const auto labels = labels_on(ground, all_of_class_0());
  EXPECT_EQ(labels->regions().size(), 2U);
  std::vector<std::uint8_t> read;
  labels->read({10, 0, 90, 100}, 90, 100, read);
  EXPECT_EQ(std::ranges::count(read, 0), 10 * 10 + 20 * 20);
  EXPECT_EQ(read[40], 0);
  EXPECT_EQ(read[39], kIgnoreLabel);
}

}  // namespace
}  // namespace orthocover
