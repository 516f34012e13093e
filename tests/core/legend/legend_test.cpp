#include "core/legend/legend.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/legend/class_colors.h"

namespace orthocover {
namespace {

using testing::HasSubstr;

std::string refusal(const nlohmann::json& json) {
  try {
    Legend::from_json(json, "legend.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Model);
    return error.what();
  }
  return "";
}

nlohmann::json entry(int value, const std::string& name, const std::string& color = "#102030") {
  return {{"value", value}, {"name", name}, {"color", color}};
}

TEST(LegendTest, SurvivesTheWayThroughJson) {
  const Legend legend({{3, "woody", {27, 120, 55}, "trees"}, {1, "water", {44, 123, 182}, ""}});
  const Legend back = Legend::from_json(legend.to_json(), "x");
  ASSERT_EQ(back.size(), 2);
  EXPECT_EQ(back.classes()[0].color, (Color{27, 120, 55}));
  EXPECT_EQ(back.classes()[0].description, "trees");
  EXPECT_EQ(back.index_of(std::uint8_t{1}), 1);
  EXPECT_EQ(back.index_of("WOODY"), 0);
  EXPECT_EQ(back.index_of("lava"), std::nullopt);
}

TEST(LegendTest, GivesColoursToClassesThatTellNone) {
  const Legend legend = Legend::from_json(
      nlohmann::json::parse(
          R"([{"value": 1, "name": "water"}, {"value": 2, "name": "x", "color": "#010203"}, {"value": 3, "name": "y"}])"),
      "test");
  EXPECT_EQ(legend.classes()[0].color, *usual_color("water"));
  EXPECT_EQ(legend.classes()[1].color, (Color{1, 2, 3}));
  EXPECT_NE(legend.classes()[2].color, legend.classes()[0].color);
}

TEST(LegendTest, RefusesReservedAndRepeatedValues) {
  EXPECT_THAT(refusal(nlohmann::json::array({entry(0, "a")})), HasSubstr("outside 1..254"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(255, "a")})), HasSubstr("outside 1..254"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, "a"), entry(1, "b")})),
              HasSubstr("legend value 1 is used twice"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, "a"), entry(2, "A")})),
              HasSubstr("class name 'A' is used twice"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, "")})), HasSubstr("has no name"));
  EXPECT_THAT(refusal(nlohmann::json::array()), HasSubstr("no classes"));
  EXPECT_THAT(refusal({{"classes", 3}}), HasSubstr("not a list"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, "a", "red")})),
              HasSubstr("'red' is not a colour; write #rrggbb"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, "a", "#fffff")})), HasSubstr("'#fffff' is not"));
  EXPECT_THAT(refusal(nlohmann::json::array({{{"value", 1}, {"color", "#000000"}}})),
              HasSubstr("needs a text 'name'"));
}

TEST(LegendTest, RefusesSeventyThousandClassesAtOnce) {
  nlohmann::json classes = nlohmann::json::array();
  for (int i = 0; i < 70000; ++i) classes.push_back(entry(1 + i % 254, fmt::format("class {}", i)));
  EXPECT_EQ(refusal(classes), "the legend has 70000 classes, at most 254 fit");
}

TEST(LegendTest, RefusesNamesThatAreNoPlainText) {
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, "a\x1B]0;b\x07")})), HasSubstr("control characters"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, std::string("a\0b", 3))})),
              HasSubstr("control characters"));
  EXPECT_THAT(refusal(nlohmann::json::array({entry(1, std::string(100000, 'x'))})),
              HasSubstr("has 100000 bytes, at most 200 are allowed"));
  EXPECT_EQ(refusal(nlohmann::json::array({entry(1, "<b>a</b>")})), "");
}

TEST(LegendTest, NumbersClassesWithDistinctColours) {
  const Legend legend = Legend::numbered(12);
  EXPECT_EQ(legend.classes()[11].name, "class_12");
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < i; ++j) EXPECT_NE(legend.classes()[i].color, legend.classes()[j].color);
  }
}

}  // namespace
}  // namespace orthocover
