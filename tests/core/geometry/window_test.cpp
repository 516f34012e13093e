#include "core/geometry/window.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace orthocover
