#include "core/training/data/held_labels.h"

#include <gtest/gtest.h>

#include "core/legend/legend.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

constexpr Window kExtent{0, 0, 600, 400};

std::unique_ptr<LabelSource> some_labels() {
  return std::make_unique<test::MadeLabels>(
      std::vector<LabelledPiece>{
          {0, {0, 0, 300, 90}, 0, ""}, {1, {250, 250, 20, 13}, 0, ""}, {2, {511, 100, 60, 250}, 0, ""}},
      std::vector<LabelledRegion>{{"", kExtent}});
}

TEST(HeldLabels, GivesEveryWindowAsTheSourceDoes) {
  const auto source = some_labels();
  const HeldLabels held(some_labels(), kExtent, std::make_shared<ByteBudget>(1 << 30));
  const HeldLabels spent(some_labels(), kExtent, std::make_shared<ByteBudget>(0));
  for (const Window& window : {Window{0, 0, 600, 400}, Window{200, 60, 130, 222}, Window{-40, -30, 100, 300},
                               Window{500, 300, 300, 300}, Window{590, 390, 1, 1}}) {
    for (const double scale : {1.0, 0.5, 3.0, 2.7}) {
      const auto cols = std::max<std::int64_t>(1, static_cast<std::int64_t>(window.cols / scale));
      const auto rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(window.rows / scale));
      std::vector<std::uint8_t> expected;
      std::vector<std::uint8_t> labels;
      source->read(window, cols, rows, expected);
      held.read(window, cols, rows, labels);
      EXPECT_EQ(labels, expected) << to_string(window) << " by " << scale;
      spent.read(window, cols, rows, labels);
      EXPECT_EQ(labels, expected) << to_string(window) << " by " << scale << " without room";
    }
  }
}

TEST(HeldLabels, LeavesAllBeyondTheSceneUnlabelled) {
  const HeldLabels held(some_labels(), kExtent, std::make_shared<ByteBudget>(1 << 30));
  std::vector<std::uint8_t> labels;
  held.read({-900, 900, 50, 50}, 5, 5, labels);
  EXPECT_EQ(labels, std::vector<std::uint8_t>(25, kIgnoreLabel));
}

TEST(HeldLabels, TakesNextToNothingForGroundOfOneLabel) {
  const auto memory = std::make_shared<ByteBudget>(1 << 30);
  const HeldLabels held(
      std::make_unique<test::MadeLabels>(std::vector<LabelledPiece>{}, std::vector<LabelledRegion>{}),
      kExtent, memory);
  std::vector<std::uint8_t> labels;
  held.read(kExtent, 600, 400, labels);
  EXPECT_EQ(labels, std::vector<std::uint8_t>(600 * 400, kIgnoreLabel));
  EXPECT_LT(memory->held(), 1000U);
}

}  // namespace
}  // namespace orthocover
