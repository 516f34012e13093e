#include "qgis_plugin/command_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/operation/arguments.h"
#include "core/operations/registry.h"

namespace orthocover::qgis {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;

OperationSpec operation(const std::string& name) {
  for (const OperationSpec& spec : all_operations()) {
    if (spec.name == name) return spec;
  }
  return {};
}

TEST(CommandWords, NameOptionsAndArgumentsInTheUsualOrder) {
  const Json values = {{"input", {"a.tif"}}, {"output", "b.tif"}, {"levels", {1, 2}}, {"overwrite", true}};
  EXPECT_THAT(command_words(operation("segment"), values),
              ElementsAre("segment", "--levels", "1,2", "--overwrite", "a.tif", "b.tif"));
}

TEST(CommandWords, BoxesStandInARowAndRepeatedOptionsApart) {
  const Json values = {{"input", {"a.tif"}},
                       {"output", "b.tif"},
                       {"projwin", {-1.5, 2, 3, -4}},
                       {"co", {"TILED=YES", "-X=1"}}};
  EXPECT_THAT(command_words(operation("segment"), values),
              ElementsAre("segment", "--projwin", "-1.5", "2", "3", "-4", "--co", "TILED=YES", "--co=-X=1",
                          "a.tif", "b.tif"));
}

TEST(CommandWords, FilesThatLookLikeOptionsStandBehindTwoDashes) {
  const Json values = {{"input", {"-a.tif"}}, {"output", "b.tif"}};
  EXPECT_THAT(command_words(operation("segment"), values), ElementsAre("segment", "--", "-a.tif", "b.tif"));
}

TEST(CommandWords, AFileWithACommaStandsAlone) {
  const Json values = {{"scene", {"a.tif"}}, {"package", "p"}, {"labels", {"a", "b", "c,d.gpkg", "e"}}};
  EXPECT_THAT(command_words(operation("train"), values),
              ElementsAre("train", "--labels", "a,b", "--labels", "c,d.gpkg", "--labels", "e", "a.tif", "p"));
  EXPECT_EQ(parse_arguments(operation("train"), {"--labels", "a,b", "--labels", "e"}).at("labels"),
            (Json{"a", "b", "e"}));
}

TEST(CommandWords, AnOutputWithoutTheInputBeforeItIsLeftOut) {
  EXPECT_THAT(command_words(operation("augment-preview"), {{"output", "sheet.png"}}),
              ElementsAre("augment-preview"));
}

TEST(ShellLine, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_line({"orthocover", "my map.tif", "it's", "$HOME", "a=b,c", ""}),
            "orthocover 'my map.tif' 'it'\\''s' '$HOME' a=b,c ''");
}

}  // namespace
}  // namespace orthocover::qgis
