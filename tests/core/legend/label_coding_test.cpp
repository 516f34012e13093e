#include "core/legend/label_coding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover {
namespace {

using testing::HasSubstr;

Legend ground() {
  return Legend({{1, "building", {200, 0, 0}, ""},
                 {4, "low_vegetation", {0, 200, 0}, ""},
                 {5, "woody", {0, 100, 0}, ""}});
}

std::string refusal(const std::optional<Legend>& own, const LabelMap& map) {
  ClassGroups groups(3);
  try {
    LabelCoding(ground(), own, map, groups, "source 1");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Usage);
    return error.what();
  }
  return {};
}

TEST(LabelCoding, KnowsTheLegendsNamesValuesAndColours) {
  const LabelCoding coding(ground());
  EXPECT_EQ(coding.of_name("Woody"), 2);
  EXPECT_EQ(coding.of_name("4"), 1) << "a text may hold the value";
  EXPECT_EQ(coding.of_value(1), 0);
  EXPECT_EQ(coding.of_color({200, 0, 0}), 0);
  EXPECT_FALSE(coding.of_name("wood"));
  EXPECT_FALSE(coding.of_value(2));
  EXPECT_FALSE(coding.of_color({201, 0, 0}));
  EXPECT_EQ(coding.of_color({190, 8, 0}, 10), 0);
  EXPECT_EQ(coding.of_color({0, 140, 0}, 100), 2) << "the nearest";
}

TEST(LabelCoding, MapsClassesOfAnotherLegendToOneSeveralOrNone) {
  const Legend own(
      {{1, "vegetation", {1, 2, 3}, ""}, {2, "building", {4, 5, 6}, ""}, {3, "cloud", {7, 8, 9}, ""}});
  ClassGroups groups(3);
  const LabelCoding coding(ground(), own,
                           {{"Vegetation", {"woody", "low_vegetation"}}, {"cloud", {}}, {"9", {"woody"}}},
                           groups, "source 1");
  EXPECT_EQ(coding.of_name("vegetation"), 3);
  EXPECT_EQ(coding.of_color({1, 2, 3}), 3);
  EXPECT_EQ(coding.of_value(2), 0) << "same name, another value";
  EXPECT_EQ(coding.of_value(3), kIgnoreLabel);
  EXPECT_EQ(coding.of_value(9), 2) << "a value without a class";
  EXPECT_FALSE(coding.of_name("woody")) << "not a class of these labels";
  EXPECT_EQ(groups.sets(), (std::vector<std::vector<int>>{{1, 2}}));
  EXPECT_EQ(groups.labels(), 4);
}

TEST(LabelCoding, MapsAValueAndLeavesTheNameAndColourThatItHasInTheLegend) {
  ClassGroups groups(3);
  const LabelCoding coding(ground(), std::nullopt, {{"1", {"woody"}}, {"Woody", {}}}, groups, "source 1");
  EXPECT_EQ(coding.of_value(1), 2);
  EXPECT_EQ(coding.of_name("building"), 0);
  EXPECT_EQ(coding.of_name("woody"), kIgnoreLabel);
  EXPECT_EQ(coding.of_value(5), kIgnoreLabel) << "the legend's value of it";
  EXPECT_EQ(coding.of_color({200, 0, 0}), 0);
  EXPECT_EQ(coding.of_color({0, 100, 0}), kIgnoreLabel);
  const LabelCoding by_color(ground(), std::nullopt, {{"#c80000", {"woody"}}}, groups, "source 1");
  EXPECT_EQ(by_color.of_color({200, 0, 0}), 2);
  EXPECT_EQ(by_color.of_value(1), 0);
}

TEST(LabelCoding, SharesOneLabelBetweenEqualSets) {
  ClassGroups groups(3);
  EXPECT_EQ(groups.label_of({2, 1}), 3);
  EXPECT_EQ(groups.label_of({0, 2}), 4);
  EXPECT_EQ(groups.label_of({1, 2, 1}), 3);
  EXPECT_EQ(groups.label_of({1, 1}), 1);
  EXPECT_EQ(groups.label_of({}), kIgnoreLabel);
}

TEST(LabelCoding, RefusesMapsToAndFromClassesThatDoNotExist) {
  EXPECT_THAT(
      refusal(std::nullopt, {{"vegetation", {"wody"}}}),
      HasSubstr("source 1: 'map' leads to 'wody', which the legend does not have (did you mean 'woody'?)"));
  const Legend own({{1, "vegetation", {1, 2, 3}, ""}});
  EXPECT_THAT(
      refusal(own, {{"vegetaton", {"woody"}}, {"1", {"woody"}}}),
      HasSubstr("'map' begins at 'vegetaton', which 'classes' does not have (did you mean 'vegetation'?)"));
  EXPECT_THAT(refusal(own, {}),
              HasSubstr("class 'vegetation' of 'classes' is not in the legend; give in 'map'"));
}

TEST(LabelCoding, RefusesMoreSetsThanLabels) {
  ClassGroups groups(254);
  EXPECT_EQ(groups.label_of({0, 1}), 254);
  EXPECT_THROW(groups.label_of({0, 2}), Error);
  EXPECT_EQ(groups.label_of({1, 0}), 254);
}

}  // namespace
}  // namespace orthocover
