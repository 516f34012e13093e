#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/operation/config_schema.h"
#include "core/operation/reference_page.h"
#include "sample_operation.h"

namespace orthocover {
namespace {

using testing::HasSubstr;
using Json = nlohmann::ordered_json;

TEST(ConfigSchema, StatesTypeRangeDefaultAndUnit) {
  const Json properties = config_schema(sample_spec()).at("properties");
  EXPECT_EQ(properties.at("overlap").dump(),
            R"({"description":"Overlap","type":"number","minimum":0,"maximum":0.5,"default":0.25})");
  EXPECT_EQ(properties.at("levels").at("x-unit"), "px");
  EXPECT_EQ(properties.at("fusion").at("enum"), (Json{"log-linear", "mean-softmax"}));
  EXPECT_EQ(properties.at("ground_size").at("type"), (Json{"number", "null"}));
  EXPECT_EQ(properties.at("bands").at("items"), (Json{{"type", "integer"}, {"minimum", 1}}));
}

TEST(ConfigSchema, AllowsProvenanceAndNothingUnknown) {
  const Json schema = config_schema(sample_spec());
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("properties").at("operation"), (Json{{"const", "sample"}}));
  EXPECT_TRUE(schema.at("properties").contains("orthocover"));
}

TEST(ReferencePage, ShowsSignatureDefaultAndWhatIsAllowed) {
  const std::string page = reference_page(sample_spec());
  EXPECT_THAT(page, HasSubstr("orthocover sample [options] INPUT... OUTPUT"));
  EXPECT_THAT(page, HasSubstr("| `-o, --overlap NUMBER` | `0.25` | Overlap (0..0.5) |"));
  EXPECT_THAT(page, HasSubstr("| `--[no-]blend` |  | Blend |"));
  EXPECT_THAT(page, HasSubstr("| `--bands N,...` |  | Bands (at least 1) |"));
  EXPECT_THAT(page, HasSubstr("## Tiling\n"));
}

TEST(ReferencePage, EscapesWhatTablesWouldTakeForThemselves) {
  OperationSpec spec;
  OperationTable<SampleOptions> table(spec);
  table.add("fusion", &SampleOptions::fusion, ParameterKind::Choice, "a <b> or c").choices({"a", "b"});
  EXPECT_THAT(reference_page(spec), HasSubstr("| `--fusion a\\|b` | `log-linear` | a \\<b> or c |"));
}

TEST(TextFor, AReaderHasTheWordsOfMarksThatNameIt) {
  const std::string marked = "Map{many:, or a folder}{cli: of a disk}{dialog: of the project}: a raster";
  EXPECT_EQ(text_for_command_line(marked), "Map, or a folder of a disk: a raster");
  EXPECT_EQ(text_for({"dialog", "one"}, marked), "Map of the project: a raster");
  EXPECT_EQ(text_for({"dialog", "many"}, "{one:Scene: }{many:Scenes}"), "Scenes");
  EXPECT_EQ(text_for({"cli"}, ""), "");
}

TEST(TextFor, TheCommandLineShowsNoMarks) {
  OperationSpec spec;
  OperationTable<SampleOptions> table(spec);
  table.description("{one:Of a map}{dialog: of the project}.");
  table.add("output", &SampleOptions::output, ParameterKind::FileOut, "File{dialog: of QGIS}{many:s}");
  const std::string page = reference_page(spec);
  EXPECT_THAT(page, HasSubstr("\n\nOf a map.\n"));
  EXPECT_THAT(page, HasSubstr("| Files |"));
  EXPECT_EQ(config_schema(spec).at("properties").at("output").at("description"), "Files");
  EXPECT_EQ(text_for({"dialog"}, spec.marked_description), " of the project.");
}

TEST(GroupedParameters, PutArgumentsFirstAndKeepTheOrderOfDeclaration) {
  const OperationSpec spec = sample_spec();
  const auto groups = grouped_parameters(spec);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].first, "Arguments");
  EXPECT_EQ(groups[0].second.size(), 2U);
  EXPECT_EQ(groups[1].first, "Options");
  EXPECT_EQ(groups[1].second.front()->name, "overlap");
  EXPECT_EQ(groups[2].first, "Tiling");
}

}  // namespace
}  // namespace orthocover
