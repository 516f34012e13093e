#include "core/metrics/boundary_score.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

using Picture = std::vector<std::uint8_t>;

/// Class 0 left of a column, class 1 from it on.
Picture halves(std::int64_t side, std::int64_t column) {
  Picture picture;
  for (std::int64_t i = 0; i < side * side; ++i) picture.push_back(i % side < column ? 0 : 1);
  return picture;
}

constexpr Window kWhole{0, 0, 20, 20};

TEST(BoundaryScore, CountsBordersWithinTheToleranceAsRight) {
  for (const int shift : {0, 1, 2, 3, 4}) {
    BoundaryScore score(2);
    score.set_tolerance(2);
    score.add(halves(20, 10), halves(20, 10 + shift), 20, 20, kWhole);
    EXPECT_EQ(*score.f_score(0), shift <= 2 ? 1 : 0) << shift;
    EXPECT_EQ(*score.mean_f_score(), *score.f_score(1));
  }
}

TEST(BoundaryScore, TakesNearlyWholePixelsForWholeOnes) {
  BoundaryScore score(2);
  score.set_tolerance(2.9988);  // 0.15 m in pixels of 5 cm, which cover 0.05002 m on the ground
  score.add(halves(20, 10), halves(20, 13), 20, 20, kWhole);
  EXPECT_EQ(*score.f_score(0), 1);
}

TEST(BoundaryScore, SeparatesFalseFromMissingBorders) {
  // The map has a second border that the reference lacks.
  Picture called = halves(20, 10);
  for (std::size_t i = 0; i < called.size(); ++i) {
    if (i % 20 >= 18) called[i] = 0;
  }
  BoundaryScore score(2);
  score.set_tolerance(1);
  score.add(halves(20, 10), called, 20, 20, kWhole);
  EXPECT_DOUBLE_EQ(*score.precision(1), 0.5);
  EXPECT_DOUBLE_EQ(*score.recall(1), 1);
  EXPECT_DOUBLE_EQ(*score.f_score(1), 2 * 0.5 / 1.5);
}

TEST(BoundaryScore, IsZeroForAClassThatTheMapMisses) {
  BoundaryScore score(2);
  score.set_tolerance(1);
  score.add(halves(20, 10), Picture(400, 0), 20, 20, kWhole);
  EXPECT_EQ(score.f_score(1), 0);
  EXPECT_EQ(score.mean_f_score(), 0);
}

TEST(BoundaryScore, LeavesTheRimsOfLabelsOut) {
  Picture truth(400, kIgnoreLabel);
  for (int row = 5; row < 15; ++row) {
    for (int col = 5; col < 15; ++col) truth[static_cast<std::size_t>(20 * row + col)] = 0;
  }
  BoundaryScore score(2);
  score.set_tolerance(1);
  score.add(truth, Picture(400, 0), 20, 20, kWhole);
  EXPECT_FALSE(score.f_score(0));
  EXPECT_FALSE(score.mean_f_score());
}

TEST(BoundaryScore, FindsAllFourSidesOfASpotWhereverItLies) {
  constexpr std::size_t kSide = 24;
  for (std::size_t row = 1; row + 1 < kSide; ++row) {
    for (std::size_t col = 1; col + 3 < kSide; ++col) {
      Picture truth(kSide * kSide, 0), called = truth;
      truth[row * kSide + col] = 1;
      called[row * kSide + col + 2] = 1;  // one pixel of class 0 lies beside both
      BoundaryScore score(2);
      score.add(truth, called, kSide, kSide, {0, 0, kSide, kSide});
      EXPECT_EQ(score.recall(0), 0.25) << row << " " << col;
      EXPECT_EQ(score.precision(0), 0.25) << row << " " << col;
      EXPECT_EQ(score.recall(1), 0) << row << " " << col;
    }
  }
}

TEST(BoundaryScore, CountsEachPixelOnceWhenAPictureComesInBlocks) {
  const Picture truth = halves(20, 9);
  const Picture called = halves(20, 11);
  BoundaryScore whole(2);
  whole.set_tolerance(2);
  whole.add(truth, called, 20, 20, kWhole);
  BoundaryScore parts(2);
  parts.set_tolerance(2);
  const std::int64_t margin = parts.margin();
  for (const Window core : {Window{0, 0, 10, 20}, Window{10, 0, 10, 20}}) {
    const Window seen = intersect({core.col - margin, 0, core.cols + 2 * margin, 20}, kWhole);
    const auto cut = [&](const Picture& picture) {
      Picture part;
      for (std::int64_t row = 0; row < 20; ++row) {
        for (std::int64_t col = seen.col; col < seen.right(); ++col)
          part.push_back(picture[static_cast<std::size_t>(20 * row + col)]);
      }
      return part;
    };
    parts.add(cut(truth), cut(called), seen.cols, 20, {core.col - seen.col, 0, core.cols, 20});
  }
  for (int c = 0; c < 2; ++c) {
    EXPECT_EQ(whole.precision(c), parts.precision(c));
    EXPECT_EQ(whole.recall(c), parts.recall(c));
  }
}

TEST(BoundaryScore, CountsOtherMapsByToleranceOfTheirOwn) {
  BoundaryScore score(2);
  score.set_tolerance(2);
  score.add(halves(20, 10), halves(20, 13), 20, 20, kWhole);
  EXPECT_EQ(*score.precision(0), 0);
  score.set_tolerance(3);
  EXPECT_EQ(score.margin(), 4);
  score.add(halves(20, 10), halves(20, 13), 20, 20, kWhole);
  EXPECT_EQ(*score.precision(0), 0.5) << "the second of two";
  score.add(halves(20, 10), halves(20, 13), 20, 20, kWhole, 6);
  EXPECT_EQ(*score.precision(0), 0.875) << "borders of 20, 20 and 120 m";
  EXPECT_THROW(score.set_tolerance(101), Error);
}

TEST(BoundaryScore, RefusesATooLargeTolerance) {
  for (const double tolerance : {101.0, -1.0}) EXPECT_THROW(BoundaryScore(2).set_tolerance(tolerance), Error);
}

TEST(BoundaryScore, MeasuresTheToleranceOnTheGroundOfPixelsThatAreNotSquare) {
  // A border that lies 3 columns beside the true one: 1.5 m.
  for (const auto& [tolerance_m, share] : {std::pair(1.6, 1.0), {1.4, 0.0}}) {
    BoundaryScore score(2);
    score.set_tolerance(tolerance_m, {.width_m = 0.5, .height_m = 2});
    score.add(halves(20, 10), halves(20, 13), 20, 20, kWhole);
    EXPECT_EQ(*score.recall(0), share) << tolerance_m;
  }
}

}  // namespace
}  // namespace orthocover
