#include "core/inference/scores/fusion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/base/error.h"

namespace orthocover {
namespace {

LevelScores uniform(const ScoreCells& cells, double cell_px, const std::vector<float>& logits) {
  LevelScores level{cells, cell_px, {}};
  for (const float logit : logits)
    level.logits.insert(level.logits.end(), static_cast<std::size_t>(cells.cols * cells.rows), logit);
  return level;
}

std::vector<double> softmax(const std::vector<double>& z) {
  double sum = 0;
  std::vector<double> p;
  for (const double value : z) sum += std::exp(value);
  for (const double value : z) p.push_back(std::exp(value) / sum);
  return p;
}

TEST(Fusion, LogLinearIsTheWeightedGeometricMean) {
  const ScoreCells cells{0, 0, 4, 4};
  const std::vector<LevelWeight> weights = {{0.7, 1.0}, {0.3, 2.0}};
  const BlockClasses out =
      classify({0, 0, 4, 4}, {uniform(cells, 1, {1, 2, 0}), uniform({0, 0, 2, 2}, 2, {3, 0, 1})}, weights,
               FusionMethod::LogLinear, 3, {true, true});
  const auto fine = softmax({1, 2, 0});
  const auto coarse = softmax({1.5, 0, 0.5});
  std::vector<double> mixed;
  for (int c = 0; c < 3; ++c) mixed.push_back(0.7 * std::log(fine[c]) + 0.3 * std::log(coarse[c]));
  const auto expected = softmax(mixed);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(out.probabilities[c * 16 + 5], static_cast<int>(std::lround(100 * expected[c])));
  }
  EXPECT_EQ(out.class_index[5], 1);
  EXPECT_EQ(out.confidence[5], out.probabilities[16 + 5]);
}

TEST(Fusion, MeanSoftmaxIsTheWeightedMean) {
  const std::vector<LevelWeight> weights = {{0.5, 1.0}, {0.5, 1.0}};
  const BlockClasses out =
      classify({0, 0, 4, 4}, {uniform({0, 0, 4, 4}, 1, {1, 2, 0}), uniform({0, 0, 1, 1}, 4, {5, 0, 1})},
               weights, FusionMethod::MeanSoftmax, 3, {true, true});
  const auto fine = softmax({1, 2, 0});
  const auto coarse = softmax({5, 0, 1});
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(out.probabilities[c * 16], static_cast<int>(std::lround(50 * (fine[c] + coarse[c]))));
  }
}

TEST(Fusion, MeanSoftmaxTakesWeightsAndTemperatures) {
  const BlockClasses out =
      classify({0, 0, 4, 4}, {uniform({0, 0, 4, 4}, 1, {1, 2, 0}), uniform({0, 0, 1, 1}, 4, {5, 0, 1})},
               {{0.7, 2.0}, {0.3, 0.5}}, FusionMethod::MeanSoftmax, 3, {true, true});
  const auto fine = softmax({0.5, 1, 0});
  const auto coarse = softmax({10, 0, 2});
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(out.probabilities[c * 16],
              static_cast<int>(std::lround(100 * (0.7 * fine[c] + 0.3 * coarse[c]))));
  }
}

TEST(Fusion, ScoresThatAreNoNumbersHaveNoClassAndNoConfidence) {
  const BlockClasses out = classify({0, 0, 2, 2}, {uniform({0, 0, 2, 2}, 1, {NAN, 1})}, {{1.0, 1.0}},
                                    FusionMethod::LogLinear, 2, {true, true});
  EXPECT_EQ(out.class_index[3], kNoNumbers);
  EXPECT_EQ(out.confidence[3] + out.probabilities[3] + out.probabilities[7], 0);
}

TEST(Fusion, OneLevelNeedsNoNormalisationForItsClass) {
  std::mt19937 random(2);
  LevelScores level{{0, 0, 9, 7}, 1, {}};
  for (int i = 0; i < 4 * 63; ++i) level.logits.push_back(static_cast<float>(random() % 997) / 50);
  const std::vector<LevelWeight> one = {{1.0, 1.7}};
  const BlockClasses plain = classify({0, 0, 9, 7}, {level}, one, FusionMethod::LogLinear, 4, {});
  for (std::size_t pixel = 0; pixel < 63; ++pixel) {
    std::size_t best = 0;
    for (std::size_t c = 1; c < 4; ++c) {
      if (level.logits[c * 63 + pixel] > level.logits[best * 63 + pixel]) best = c;
    }
    EXPECT_EQ(plain.class_index[pixel], best);
  }
  EXPECT_TRUE(plain.confidence.empty());
}

TEST(Fusion, InterpolatesBetweenCellCentres) {
  // Class 1 rises linearly over four cells of two pixels; class 0 stays in the middle.
  LevelScores level{{10, 0, 4, 1}, 2, {1.5F, 1.5F, 1.5F, 1.5F, 0, 1, 2, 3}};
  const BlockClasses out = classify({20, 0, 8, 1}, {level}, {{1, 1}}, FusionMethod::LogLinear, 2, {});
  // Pixel i has its centre at (i + 0.5) / 2 - 0.5 cells: the switch at 1.5 cells is between pixels 3 and 4.
  EXPECT_EQ(out.class_index, (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 1, 1}));
}

/// Scores that change slowly, so that most cells have the class of their neighbours.
LevelScores slow(const ScoreCells& cells, double cell_px, int classes, unsigned seed) {
  std::mt19937 random(seed);
  LevelScores level{cells, cell_px, {}};
  for (int c = 0; c < classes; ++c) {
    const double across = static_cast<double>(random() % 100) / 300;
    const double down = static_cast<double>(random() % 100) / 300;
    const auto phase = static_cast<double>(random() % 7);
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      for (std::int64_t col = 0; col < cells.cols; ++col) {
        level.logits.push_back(static_cast<float>(
            std::sin(phase + across * static_cast<double>(col) + down * static_cast<double>(row))));
      }
    }
  }
  return level;
}

TEST(Fusion, ClassesAreThoseOfTheInterpolatedScoresWhereOnlyBordersAreInterpolated) {
  const Window window{803, 2401, 170, 130};  // not on whole cells
  for (const double cell_px : {4.0, 2.7}) {
    const auto first = [&](std::int64_t px) { return static_cast<std::int64_t>(px / cell_px) - 1; };
    const auto count = [&](std::int64_t px) { return static_cast<std::int64_t>(px / cell_px) + 4; };
    const std::vector<LevelScores> levels = {
        slow({first(803), first(2401), count(170), count(130)}, cell_px, 5, 1),
        slow({first(803) / 2 - 1, first(2401) / 2 - 1, count(170) / 2 + 3, count(130) / 2 + 3}, 2 * cell_px,
             5, 2)};
    const std::vector<LevelWeight> weights = {{0.6, 1.2}, {0.4, 0.9}};
    const BlockClasses fast = classify(window, levels, weights, FusionMethod::LogLinear, 5, {});
    const BlockClasses whole = classify(window, levels, weights, FusionMethod::LogLinear, 5, {true, false});
    EXPECT_EQ(fast.class_index, whole.class_index);
    EXPECT_GT(std::ranges::count(fast.class_index, fast.class_index[0]), 100);
    EXPECT_LT(std::ranges::count(fast.class_index, fast.class_index[0]), 170 * 100);
  }
}

TEST(Fusion, OneClassWithoutANumberLeavesThePixelWithoutAClass) {
  for (const double cell_px : {1.0, 4.0}) {
    LevelScores level = uniform({0, 0, 4, 4}, cell_px, {3, 1, 2});
    level.logits[2 * 16 + 5] = NAN;  // the last class of the cell in row 1, column 1
    const auto side = static_cast<std::int64_t>(4 * cell_px);
    const BlockClasses out =
        classify({0, 0, side, side}, {level}, {{1.0, 1.0}}, FusionMethod::LogLinear, 3, {});
    const auto middle = static_cast<std::size_t>(1.5 * cell_px);
    EXPECT_EQ(out.class_index[middle * static_cast<std::size_t>(side) + middle], kNoNumbers);
    EXPECT_EQ(out.class_index.back(), 0);
  }
}

TEST(Fusion, NamesTheMethods) {
  EXPECT_EQ(parse_fusion("log-linear"), FusionMethod::LogLinear);
  EXPECT_EQ(parse_fusion("mean-softmax"), FusionMethod::MeanSoftmax);
  EXPECT_THROW(parse_fusion("max"), Error);
}

}  // namespace
}  // namespace orthocover
