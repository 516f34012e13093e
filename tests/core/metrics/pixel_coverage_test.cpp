#include "core/metrics/pixel_coverage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "core/metrics/ground_area.h"
#include "tests/core/metrics/made_polygons.h"

namespace orthocover {
namespace {

using test::circle;
using test::polygon_of;
using test::Ring;

/// Shares of all pixels. @shape [rows, cols]
std::vector<double> shares(const RasterPolygon& polygon, std::int64_t cols, std::int64_t rows) {
  PixelCoverage coverage(polygon, cols, rows);
  std::vector<double> all(static_cast<std::size_t>(cols * rows));
  std::vector<CoverageSpan> spans;
  for (std::int64_t row = coverage.first_row(); row < coverage.end_row(); ++row) {
    coverage.read_row(row, spans);
    std::int64_t last = 0;
    for (const CoverageSpan& span : spans) {
      EXPECT_LE(last, span.begin);
      EXPECT_LT(span.begin, span.end);
      last = span.end;
      for (std::int64_t col = span.begin; col < span.end; ++col)
        all[static_cast<std::size_t>(row * cols + col)] += span.share;
    }
    EXPECT_LE(last, cols);
  }
  return all;
}

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

TEST(PixelCoverage, OfPixelsThatAreWhollyInsideIsOne) {
  const auto all = shares(polygon_of({{{1, 1}, {4, 1}, {4, 3}, {1, 3}}}), 6, 5);
  for (int row = 0; row < 5; ++row) {
    for (int col = 0; col < 6; ++col)
      EXPECT_EQ(all[static_cast<std::size_t>(row * 6 + col)], col >= 1 && col < 4 && row >= 1 && row < 3);
  }
}

TEST(PixelCoverage, OfATriangleIsWhatGeometrySays) {
  // Below the diagonal of a 2 x 2 square.
  const auto all = shares(polygon_of({{{0, 0}, {2, 2}, {0, 2}}}), 2, 2);
  EXPECT_DOUBLE_EQ(all[0], 0.5);
  EXPECT_DOUBLE_EQ(all[1], 0);
  EXPECT_DOUBLE_EQ(all[2], 1);
  EXPECT_DOUBLE_EQ(all[3], 0.5);
  // A flat one over three pixels: its height falls from 0.75 to 0.
  const auto flat = shares(polygon_of({{{0, 0}, {3, 0}, {0, 0.75}}}), 3, 1);
  EXPECT_DOUBLE_EQ(flat[0], (0.75 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(flat[1], (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(flat[2], 0.25 / 2);
}

TEST(PixelCoverage, DoesNotDependOnWhichWayRingsAreDrawn) {
  const Ring shell = {{0.25, 0.5}, {4.5, 0.75}, {3.5, 3.25}, {0.5, 2.5}};
  const Ring hole = {{1.5, 1.25}, {1.75, 2}, {2.5, 1.5}};
  const auto turned = [](const Ring& ring) { return Ring(ring.rbegin(), ring.rend()); };
  const auto expected = shares(polygon_of({shell, hole}), 5, 4);
  EXPECT_NEAR(sum(expected), area_of(polygon_of({shell, hole}), AreaScale(1)).pixels, 1e-12);
  for (const auto& polygon : {polygon_of({turned(shell), hole}), polygon_of({shell, turned(hole)}),
                              polygon_of({turned(shell), turned(hole)})}) {
    const auto other = shares(polygon, 5, 4);
    for (std::size_t i = 0; i < other.size(); ++i) EXPECT_NEAR(other[i], expected[i], 1e-14) << i;
  }
}

TEST(PixelCoverage, TakesHolesOffAndAddsParts) {
  RasterPolygon polygon = polygon_of({{{0, 0}, {3, 0}, {3, 3}, {0, 3}}, {{1, 1}, {2, 1}, {2, 2}, {1, 2}}});
  test::add_part(polygon, {{{4, 0.5}, {5, 0.5}, {5, 2}, {4, 2}}});
  const auto all = shares(polygon, 5, 3);
  EXPECT_EQ(all[6], 0) << "the hole";
  EXPECT_EQ(all[4], 0.5);
  EXPECT_EQ(all[9], 1);
  EXPECT_EQ(all[14], 0);
  EXPECT_DOUBLE_EQ(sum(all), 8 + 1.5);
}

TEST(PixelCoverage, OfAVeryThinPolygonIsItsArea) {
  const auto all =
      shares(polygon_of({{{0.3, 0}, {99.3, 100}, {99.3 + 1e-7, 100}, {0.3 + 1e-7, 0}}}), 100, 100);
  EXPECT_NEAR(sum(all), 1e-7 * 100, 2e-12);
  EXPECT_GT(all[0], 0);
}

TEST(PixelCoverage, OfACircleIsItsAreaWhereverItLies) {
  for (const double radius : {0.3, 2.0, 7.3}) {
    const RasterPolygon disc = circle(10.37, 9.81, radius, 4096);
    const double side = 2 * std::numbers::pi / 4096;
    EXPECT_NEAR(sum(shares(disc, 20, 20)), radius * radius * 4096 / 2 * std::sin(side), 1e-10) << radius;
  }
  const auto all = shares(circle(10, 10, 8, 4096), 20, 20);
  EXPECT_EQ(all[10 * 20 + 10], 1) << "the middle";
  EXPECT_EQ(all[0], 0) << "a corner";
  EXPECT_NEAR(all[10 * 20 + 2], all[9 * 20 + 17], 1e-12) << "opposite rims";
}

TEST(PixelCoverage, LeavesOutWhatLiesBeyondTheRaster) {
  // A square around the raster, one over each corner, and some beyond each side.
  EXPECT_DOUBLE_EQ(sum(shares(polygon_of({{{-5, -5}, {9, -5}, {9, 9}, {-5, 9}}}), 4, 3)), 12);
  EXPECT_DOUBLE_EQ(sum(shares(polygon_of({{{-2, -2}, {0.5, -2}, {0.5, 0.5}, {-2, 0.5}}}), 4, 3)), 0.25);
  EXPECT_DOUBLE_EQ(sum(shares(polygon_of({{{3.5, 2.5}, {7, 2.5}, {7, 7}, {3.5, 7}}}), 4, 3)), 0.25);
  // Its left corner and its right one stick out: what is left is a hexagon.
  EXPECT_DOUBLE_EQ(sum(shares(polygon_of({{{-1, 1.5}, {2, 0}, {5, 1.5}, {2, 3}}}), 4, 3)), 9 - 2 * 0.5);
  for (const auto& [col, row] : {std::pair(-9.0, 0.0), {9.0, 0.0}, {0.0, -9.0}, {0.0, 9.0}}) {
    const auto all =
        shares(polygon_of({{{col, row}, {col + 3, row}, {col + 3, row + 3}, {col, row + 3}}}), 4, 3);
    EXPECT_EQ(sum(all), 0) << col << " " << row;
  }
  PixelCoverage nothing(RasterPolygon{}, 4, 3);
  EXPECT_EQ(nothing.first_row(), nothing.end_row());
}

TEST(PixelCoverage, SumsToTheAreaOfHundredsOfRandomPolygons) {
  std::mt19937 random(7);
  const AreaScale flat(1);
  for (int round = 0; round < 600; ++round) {
    const RasterPolygon star = test::random_star(random, 20, 18);
    const auto all = shares(star, 40, 36);
    const double area = area_of(star, flat).pixels;
    EXPECT_NEAR(sum(all), area, 1e-11 * std::max(1.0, area)) << round;
    for (const double share : all) {
      EXPECT_GE(share, 0);
      EXPECT_LE(share, 1 + 1e-12);
    }
  }
}

TEST(PixelCoverage, OfPolygonsThatFillARasterSumsToOneInEachPixel) {
  // A fan around a point inside: every pixel belongs to some sectors.
  std::mt19937 random(11);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> total(30 * 20);
  const RasterVertex middle{13.7, 8.9};
  std::vector<double> angles;
  for (int i = 0; i < 37; ++i) angles.push_back(2 * std::numbers::pi * (i + 0.8 * unit(random)) / 37);
  angles.push_back(angles.front());
  const auto far = [&](double angle) {
    return RasterVertex{middle.col + 90 * std::cos(angle), middle.row + 90 * std::sin(angle)};
  };
  for (std::size_t i = 0; i + 1 < angles.size(); ++i) {
    const auto own = shares(polygon_of({{middle, far(angles[i]), far(angles[i + 1])}}), 30, 20);
    for (std::size_t p = 0; p < own.size(); ++p) total[p] += own[p];
  }
  for (const double share : total) EXPECT_NEAR(share, 1, 1e-11);
}

}  // namespace
}  // namespace orthocover
