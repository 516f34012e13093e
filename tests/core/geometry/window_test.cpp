#include <gtest/gtest.h>

#include <random>

#include "core/geometry/box_index.h"

namespace orthocover {
namespace {

TEST(WindowTest, IntersectsAndUnites) {
  const Window a{0, 0, 10, 10};
  const Window b{5, 8, 10, 10};
  EXPECT_EQ(intersect(a, b), (Window{5, 8, 5, 2}));
  EXPECT_EQ(unite(a, b), (Window{0, 0, 15, 18}));
  EXPECT_TRUE(intersect(a, Window{10, 0, 5, 5}).empty());
  EXPECT_EQ(unite(a, Window{}), a);
}

TEST(WindowTest, KnowsWhatItContains) {
  const Window a{2, 3, 10, 10};
  EXPECT_TRUE(a.contains(a));
  EXPECT_TRUE(a.contains({3, 4, 2, 2}));
  EXPECT_FALSE(a.contains({1, 3, 2, 2}));
  EXPECT_FALSE(a.contains({11, 3, 2, 2}));
  EXPECT_EQ(expand(a, 2), (Window{0, 1, 14, 14}));
}

TEST(BoxIndex, FindsWhatALookAtEveryBoxFinds) {
  std::mt19937 random(7);
  const auto number = [&](int low, int high) {
    return low + static_cast<std::int64_t>(random() % static_cast<unsigned>(high - low));
  };
  std::vector<Window> boxes;
  for (int i = 0; i < 3000; ++i)
    boxes.push_back({number(-500, 4000), number(-500, 2000), number(1, 60), number(1, 60)});
  boxes.push_back({-500, -500, 5000, 3000});
  boxes.push_back({100, 100, 2500, 3});
  const BoxIndex index(boxes);
  for (int i = 0; i < 300; ++i) {
    const Window window{number(-900, 4500), number(-900, 2500), number(1, 700), number(1, 700)};
    std::vector<std::size_t> expected;
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      if (!intersect(boxes[b], window).empty()) expected.push_back(b);
    }
    EXPECT_EQ(index.meeting(window), expected) << to_string(window);
  }
}

TEST(BoxIndex, OfNothingFindsNothing) {
  EXPECT_TRUE(BoxIndex().meeting({0, 0, 10, 10}).empty());
  EXPECT_TRUE(BoxIndex(std::vector<Window>{}).meeting({0, 0, 10, 10}).empty());
  EXPECT_EQ(BoxIndex(std::vector<Window>{{5, 5, 1, 1}}).meeting({0, 0, 10, 10}).size(), 1U);
  EXPECT_TRUE(BoxIndex(std::vector<Window>{{5, 5, 1, 1}}).meeting({6, 5, 10, 10}).empty());
}

TEST(CutOut, LeavesWindowsThatDoNotMeetAndNothingElse) {
  const std::vector<Window> left = cut_out({0, 0, 10, 10}, {{2, 2, 3, 3}, {8, -5, 5, 8}, {20, 20, 1, 1}});
  std::int64_t area = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    area += left[i].pixels();
    for (std::size_t j = 0; j < i; ++j) EXPECT_TRUE(intersect(left[i], left[j]).empty());
  }
  EXPECT_EQ(area, 100 - 9 - 6);
  EXPECT_TRUE(cut_out({0, 0, 5, 5}, {{-1, -1, 10, 10}}).empty());
  EXPECT_EQ(cut_out({0, 0, 5, 5}, {}), (std::vector<Window>{{0, 0, 5, 5}}));
}

}  // namespace
}  // namespace orthocover
