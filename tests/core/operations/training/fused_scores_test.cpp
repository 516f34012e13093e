#include "core/operations/training/fused_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Legend two_classes() {
  return Legend(std::vector<LegendClass>{{1, "grass", {0, 200, 0}, ""}, {2, "roof", {200, 0, 0}, ""}});
}

/// 100 pixels of each class, of which so many are called right.
ConfusionMatrix window(int grass_right, int roof_right) {
  ConfusionMatrix matrix(2);
  std::vector<std::uint8_t> truth;
  std::vector<std::uint8_t> called;
  for (int i = 0; i < 200; ++i) {
    const bool right = i % 100 < (i < 100 ? grass_right : roof_right);
    truth.push_back(i < 100 ? 0 : 1);
    called.push_back(right ? truth.back() : static_cast<std::uint8_t>(1 - truth.back()));
  }
  matrix.add(truth, called);
  return matrix;
}

/// Two levels; the second is better on the whole, and the fusion better than either in every window.
FusedScores three_windows() {
  return {
      {1, 4},
      {{window(60, 60), window(70, 70), window(50, 50)}, {window(70, 70), window(60, 60), window(80, 80)}},
      {window(80, 80), window(70, 70), window(90, 90)},
      {window(70, 70), window(60, 60), window(80, 80)}};
}

TEST(FusedScores, AreThoseOfTheSummedWindows) {
  const nlohmann::json table = fused_table(three_windows(), two_classes(), 1);
  EXPECT_EQ(table.at("windows"), 3);
  ASSERT_THAT(table.at("levels"), SizeIs(2));
  EXPECT_EQ(table.at("levels")[0].at("level"), 1);
  EXPECT_EQ(table.at("levels")[1].at("level"), 4);
  // 180 of 300 right in both classes: IoU 180 / (300 + 120).
  EXPECT_DOUBLE_EQ(table.at("levels")[0].at("mean_iou").get<double>(), 180.0 / 420);
  EXPECT_DOUBLE_EQ(table.at("levels")[1].at("mean_iou").get<double>(), 210.0 / 390);
  EXPECT_EQ(table.at("best_level"), 4);
  const nlohmann::json& fused = table.at("fused");
  EXPECT_DOUBLE_EQ(fused.at("mean_iou").get<double>(), 240.0 / 360);
  EXPECT_DOUBLE_EQ(fused.at("accuracy").get<double>(), 0.8);
  EXPECT_DOUBLE_EQ(fused.at("classes").at("roof").at("iou").get<double>(), 240.0 / 360);
  EXPECT_EQ(fused.at("classes").at("grass").at("pixels"), 300);
}

TEST(FusedScores, GiveEachClassItsOwnIou) {
  FusedScores scores{{1}, {{window(100, 50)}}, {window(100, 50)}, {window(100, 50)}};
  const nlohmann::json table = fused_table(scores, two_classes(), 1);
  EXPECT_DOUBLE_EQ(table.at("fused").at("classes").at("grass").at("iou").get<double>(), 100.0 / 150);
  EXPECT_DOUBLE_EQ(table.at("fused").at("classes").at("roof").at("iou").get<double>(), 50.0 / 100);
}

TEST(FusedScores, GainIsPairedAgainstTheBestLevel) {
  const FusedScores scores = three_windows();
  const nlohmann::json table = fused_table(scores, two_classes(), 1);
  const nlohmann::json& gain = table.at("gain");
  EXPECT_NEAR(gain.at("mean_iou").get<double>(), 240.0 / 360 - 210.0 / 390, 1e-12);
  EXPECT_GT(gain.at("mean_iou_95")[0].get<double>(), 0) << "ten points better in every window";
  const auto width = [](const nlohmann::json& facts) {
    return facts.at("mean_iou_95")[1].get<double>() - facts.at("mean_iou_95")[0].get<double>();
  };
  EXPECT_LT(width(gain), width(table.at("fused")) / 2);
  EXPECT_GT(width(table.at("levels")[1]), 0);
  const nlohmann::json& unseen = table.at("gain_unseen");
  EXPECT_EQ(unseen.at("mean_iou"), 0.0) << "the same calls as the best level";
  EXPECT_EQ(unseen.at("mean_iou_95"), nlohmann::json({0.0, 0.0}));
  EXPECT_EQ(table, fused_table(scores, two_classes(), 1)) << "the seed decides";
  EXPECT_THAT(fused_line(scores, 1),
              HasSubstr("fused levels 0.667, of the best level by itself (4x) 0.538; gain +0.128, 95 %"));
}

TEST(FusedScores, OfOneWindowHaveNoInterval) {
  const FusedScores scores{{1}, {{window(60, 60)}}, {window(70, 70)}, {window(70, 70)}};
  const nlohmann::json table = fused_table(scores, two_classes(), 1);
  EXPECT_FALSE(table.at("fused").contains("mean_iou_95"));
  EXPECT_FALSE(table.at("gain").contains("mean_iou_95"));
  EXPECT_NEAR(table.at("gain").at("mean_iou").get<double>(), 70.0 / 130 - 60.0 / 140, 1e-12);
  EXPECT_THAT(fused_line(scores, 1), Not(HasSubstr("95 %")));
}

TEST(FusedScores, JoinTheWindowsOfFoldsAndLeaveOutThoseWithoutLabels) {
  FusedScores all;
  all.append(three_windows());
  const ConfusionMatrix nothing(2);
  all.append({{1, 4},
              {{nothing, window(90, 90)}, {nothing, window(80, 80)}},
              {nothing, window(90, 90)},
              {nothing, window(80, 80)}});
  EXPECT_THAT(all.fused, SizeIs(4));
  EXPECT_THAT(all.fused_unseen, SizeIs(4));
  for (const auto& level : all.single) EXPECT_THAT(level, SizeIs(4));
  EXPECT_EQ(all.single[0][3].count(0, 0), 90U);
  EXPECT_EQ(best_level(all), 1U);
  EXPECT_THROW(all.append({{1}, {{nothing}}, {nothing}, {nothing}}), Error) << "other levels";
}

TEST(FusedScores, OfNothingAreNothing) {
  EXPECT_TRUE(fused_table({}, two_classes(), 1).is_null());
  EXPECT_THAT(fused_line({}, 1), IsEmpty());
}

}  // namespace
}  // namespace orthocover::operations
