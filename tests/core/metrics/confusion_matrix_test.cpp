#include "core/metrics/confusion_matrix.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

using Labels = std::vector<std::uint8_t>;

TEST(ConfusionMatrix, CountsPairsAndLeavesIgnoredPixelsOut) {
  ConfusionMatrix matrix(3);
  matrix.add(Labels{0, 0, 1, kIgnoreLabel, 1}, Labels{0, 1, 1, 2, 0});
  EXPECT_EQ(matrix.count(0, 0), 1U);
  EXPECT_EQ(matrix.count(0, 1), 1U);
  EXPECT_EQ(matrix.count(1, 0), 1U);
  EXPECT_EQ(matrix.count(1, 1), 1U);
  EXPECT_EQ(matrix.total(), 4U);
  EXPECT_EQ(matrix.predicted_total(2), 0U);
}

TEST(ConfusionMatrix, CountsWhatInterruptsARunWhereverItLies) {
  for (std::size_t at = 0; at < 20; ++at) {
    Labels truth(20, 0), predicted(20, 0);
    truth[at] = kIgnoreLabel;
    predicted[19 - at] = 1;
    ConfusionMatrix matrix(2);
    matrix.add(truth, predicted);
    EXPECT_EQ(matrix.count(0, 0), 18U) << at;
    EXPECT_EQ(matrix.count(0, 1), 1U) << at;
  }
}

TEST(ConfusionMatrix, GivesTheTextbookScores) {
  ConfusionMatrix matrix(2);
  // 6 pixels of class 0, of which 4 were found; 4 of class 1, of which 3 were found.
  matrix.add(Labels{0, 0, 0, 0, 0, 0, 1, 1, 1, 1}, Labels{0, 0, 0, 0, 1, 1, 1, 1, 1, 0});
  EXPECT_DOUBLE_EQ(*matrix.iou(0), 4.0 / 7.0);
  EXPECT_DOUBLE_EQ(*matrix.iou(1), 3.0 / 6.0);
  EXPECT_DOUBLE_EQ(*matrix.precision(1), 3.0 / 5.0);
  EXPECT_DOUBLE_EQ(*matrix.recall(1), 3.0 / 4.0);
  EXPECT_DOUBLE_EQ(*matrix.mean_iou(), (4.0 / 7.0 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(*matrix.accuracy(), 0.7);
  EXPECT_DOUBLE_EQ(*matrix.f1(0), 2.0 * 4 / (6 + 5));
  EXPECT_DOUBLE_EQ(*matrix.mean_f1(), (8.0 / 11 + 6.0 / 9) / 2);
  EXPECT_DOUBLE_EQ(*matrix.frequency_weighted_iou(), 0.6 * 4 / 7 + 0.4 * 0.5);
  // Chance: 0.6 * 0.5 + 0.4 * 0.5.
  EXPECT_DOUBLE_EQ(*matrix.kappa(), (0.7 - 0.5) / (1 - 0.5));
}

TEST(ConfusionMatrix, CountsOtherGroundAgainstTheClassesThatAreJudged) {
  ConfusionMatrix matrix(2);
  matrix.add(Labels{0, 0, 1, 1, 1}, Labels{0, 1, 0, 0, 1});
  matrix.judge_first(1);
  EXPECT_DOUBLE_EQ(*matrix.mean_iou(), 0.25);
  EXPECT_DOUBLE_EQ(*matrix.frequency_weighted_iou(), 0.25);
  EXPECT_DOUBLE_EQ(*matrix.accuracy(), 0.4);
}

TEST(ConfusionMatrix, HasNoScoreForWhatDoesNotOccur) {
  ConfusionMatrix matrix(3);
  EXPECT_FALSE(matrix.mean_iou());
  EXPECT_FALSE(matrix.accuracy());
  EXPECT_FALSE(matrix.kappa());
  EXPECT_FALSE(matrix.frequency_weighted_iou());
  EXPECT_FALSE(matrix.mean_f1());
  matrix.add(Labels{0}, Labels{0});
  EXPECT_FALSE(matrix.iou(2));
  EXPECT_FALSE(matrix.precision(2));
  EXPECT_DOUBLE_EQ(*matrix.mean_iou(), 1) << "absent classes do not count";
  EXPECT_FALSE(matrix.kappa()) << "chance alone would be right";
}

TEST(ConfusionMatrix, AddsUpAndRefusesWhatDoesNotFit) {
  ConfusionMatrix a(2);
  ConfusionMatrix b(2);
  a.add(Labels{0}, Labels{1});
  b.add(Labels{0, 1}, Labels{1, 1});
  a.add(b);
  EXPECT_EQ(a.count(0, 1), 2U);
  EXPECT_EQ(a.total(), 3U);
  EXPECT_THROW(a.add(ConfusionMatrix(3)), Error);
  EXPECT_THROW(a.add(Labels{0}, Labels{}), Error);
  EXPECT_THROW(a.add(Labels{2}, Labels{0}), Error);
}

TEST(ConfusionMatrix, ScalesCountsToPixelsOfAnotherSize) {
  ConfusionMatrix matrix(2);
  const std::vector<std::uint8_t> truth = {0, 0, 0, 0, 1, 1};
  const std::vector<std::uint8_t> called = {0, 0, 0, 1, 1, 1};
  matrix.add(truth, called);
  const ConfusionMatrix fine = matrix.scaled(0.5);
  EXPECT_EQ(fine.count(0, 0), 2U) << "1.5, rounded";
  EXPECT_EQ(fine.count(0, 1), 1U) << "0.5, rounded";
  EXPECT_EQ(fine.count(1, 1), 1U);
  EXPECT_EQ(fine.count(1, 0), 0U);
}

}  // namespace
}  // namespace orthocover
