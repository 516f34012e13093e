#include "core/operations/evaluation/evaluation_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orthocover::operations {
namespace {

TEST(EvaluationReport, SaysNothingOfAClassWhoseOwnPointsAreUnanswered) {
  EvaluationReport report;
  report.legend = Legend({{1, "grass", {0, 200, 0}, ""}, {2, "roof", {200, 0, 0}, ""}});
  PointEvaluation& points = report.points.emplace(2);
  points.mapped = {100, 50};
  // A point on what is mapped as grass shows roof.
  points.areas = estimate_areas({{0, 100, 1000, {9, 1}}, {1, 50, 500, {0, 1}}}, 2);
  const nlohmann::ordered_json classes = evaluation_json(report).at("points").at("classes");
  EXPECT_EQ(classes[0].at("area_m2").at("value"), 90);
  for (const char* key : {"area_m2", "users_accuracy", "producers_accuracy"})
    EXPECT_TRUE(classes[1].at(key).is_null()) << key;
  EXPECT_THAT(evaluation_csv(report), testing::EndsWith("\n2,roof,0,50,,,,,,,,,,,,\n"));
}

TEST(EvaluationReport, NamesClassesThatNoReferenceHas) {
  EvaluationReport report;
  report.legend = Legend({{1, "grass", {0, 200, 0}, ""}, {2, "roof", {200, 0, 0}, ""}});
  report.labels.emplace(2).matrix.add(std::vector<std::uint8_t>{0, 0}, std::vector<std::uint8_t>{0, 1});
  EXPECT_THAT(evaluation_text(report), testing::HasSubstr("the references have none of roof, so means are"));
  EXPECT_THAT(evaluation_html(report), testing::HasSubstr("have none of roof"));
  report.maps = {"a.tif", "b.tif"};
  EXPECT_THAT(evaluation_text(report), testing::HasSubstr("by their ground, in those of the finest map\n"));
}

}  // namespace
}  // namespace orthocover::operations
