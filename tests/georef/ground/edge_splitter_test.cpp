#include "georef/ground/edge_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/georef/made_features.h"

namespace orthocover {
namespace {

TEST(EdgeSplitter, LeavesEdgesWholeThatStayStraight) {
  const RasterPolygon polygon = test::square(1, 0, 0, 1000);
  EXPECT_FALSE(EdgeSplitter(0).has_long_edges(polygon));
  EXPECT_FALSE(EdgeSplitter(2e-10).has_long_edges(polygon));
  EXPECT_EQ(EdgeSplitter(2e-10).pieces(1000), 1);
}

TEST(EdgeSplitter, CutsEdgesSoThatPiecesStayNearTheirChord) {
  const double bend_px = 1e-6;
  const EdgeSplitter splitter(bend_px);
  for (const double length : {70.0, 1000.0, 9000.0}) {
    const double piece = length / splitter.pieces(length);
    EXPECT_LE(piece * piece * bend_px, 0.25 / length * (1 + 1e-12)) << length;
  }
  EXPECT_EQ(splitter.pieces(1e9), 10000);
}

TEST(EdgeSplitter, GivesBothNeighboursTheSamePoints) {
  RasterPolygon one;
  one.vertices = {{3, 5}, {1203, 412.25}, {7, 900}, {3, 5}};
  one.ring_ends = {4};
  one.part_ends = {1};
  RasterPolygon other = one;
  std::ranges::reverse(other.vertices);
  const EdgeSplitter splitter(1e-6);
  ASSERT_TRUE(splitter.has_long_edges(one));
  std::vector<RasterVertex> points;
  std::vector<RasterVertex> turned;
  std::vector<std::uint32_t> ring_ends;
  splitter.split(one, points, ring_ends);
  EXPECT_EQ(ring_ends, std::vector<std::uint32_t>{static_cast<std::uint32_t>(points.size())});
  EXPECT_GT(points.size(), 100U);
  EXPECT_EQ(points.front(), points.back());
  splitter.split(other, turned, ring_ends);
  std::ranges::reverse(turned);
  EXPECT_EQ(points, turned);
}

}  // namespace
}  // namespace orthocover
