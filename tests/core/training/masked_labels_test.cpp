#include "core/training/masked_labels.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
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

TEST(MaskedLabels, OnHeldOutGroundAreThoseOfItsRegionsAndBlocks) {
  const RasterInfo scene = memory_raster_info(100, 100, 3, 0.5);
  auto all = std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 100, 100}, 0, ""}},
      std::vector<LabelledRegion>{{"a", {0, 0, 10, 10}}, {"b", {50, 0, 10, 10}}});
  const auto held = held_out_regions({"b", "block 1,2 of 10 m"}, scene, 0.5, *all);
  ASSERT_EQ(held.size(), 2U);
  EXPECT_EQ(held[1].window, (Window{20, 40, 20, 20}));
  EXPECT_EQ(held_out_regions({""}, scene, 0.5, *all)[0].window, scene.window());
  EXPECT_THROW(held_out_regions({"c"}, scene, 0.5, *all), Error);
  const auto labels = labels_on(held, scene.window(), std::move(all));
  EXPECT_EQ(labels->regions().size(), 2U);
  std::vector<std::uint8_t> read;
  labels->read(scene.window(), 100, 100, read);
  EXPECT_EQ(std::ranges::count(read, 0), 10 * 10 + 20 * 20);
}

}  // namespace
}  // namespace orthocover
