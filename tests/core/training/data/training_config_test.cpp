#include "core/training/data/training_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

TrainingConfig parsed(const std::string& text) {
  return parse_training_config(text, "/data/set", "train.json");
}

std::string refusal(const std::string& text, ErrorKind kind = ErrorKind::Usage) {
  try {
    parsed(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return {};
}

std::string with_source(const std::string& members) {
  return R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg", )" + members + "}]}";
}

Json schema() {
  return Json::parse(read_small_file(
      std::string(ORTHOCOVER_SOURCE_DIR) + "/schemas/training/v1/training.schema.json", 1U << 20));
}

TEST(TrainingConfig, OfOneSceneNeedsNoMoreThanItsFiles) {
  const TrainingConfig config = parsed(R"({"sources": [{"scenes": "a.tif", "labels": "../labels/a.gpkg"}]})");
  EXPECT_FALSE(config.legend);
  ASSERT_EQ(config.sources.size(), 1U);
  EXPECT_THAT(config.sources[0].scenes, ElementsAre("/data/set/a.tif"));
  EXPECT_THAT(config.sources[0].labels, ElementsAre("/data/labels/a.gpkg"));
  EXPECT_EQ(config.sources[0].weight, 1);
  EXPECT_EQ(config.split.by, SplitBy::Region);
  EXPECT_TRUE(config.augmentation.is_null());
}

TEST(TrainingConfig, OfTheSchemasExampleIsReadToTheLastField) {
  const Json example = schema()["examples"][0];
  const TrainingConfig config = parsed(example.dump());
  EXPECT_EQ(config.legend->size(), 3);
  const TrainingSource& polygons = config.sources.at(0);
  EXPECT_THAT(polygons.scenes, ElementsAre("/data/set/banepa_a.tif", "/data/set/banepa_b.tif"));
  EXPECT_EQ(polygons.where, "src <> 'osm'");
  EXPECT_EQ(polygons.place, "banepa");
  EXPECT_EQ(polygons.dense_layer, "complete");
  EXPECT_EQ(polygons.background, "low_vegetation");
  EXPECT_THAT(polygons.bands, ElementsAre(1, 2, 3));
  const TrainingSource& tiles = config.sources.at(1);
  EXPECT_EQ(tiles.images, "/data/set/tiles/images");
  EXPECT_EQ(tiles.classes->size(), 3);
  EXPECT_EQ(tiles.map,
            (LabelMap{{"#9b9b9b", {}}, {"Vegetation", {"low_vegetation", "woody"}}, {"Water", {}}}));
  EXPECT_EQ(tiles.weight, 0.5);
  EXPECT_EQ(tiles.ground_size_m, 0.8);
  EXPECT_EQ(tiles.by_color, true);
  EXPECT_TRUE(tiles.unknown_is_ignored);
  EXPECT_EQ(config.split.by, SplitBy::Blocks);
  EXPECT_EQ(config.split.gap_m, 20);
  EXPECT_TRUE(config.augmentation.is_object());
}

TEST(TrainingConfig, HasExactlyTheKeysOfItsSchema) {
  const Json declared = schema();
  const auto keys_of = [](const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object["properties"].items()) keys.insert(key);
    return keys;
  };
  // What the reader itself says it may have.
  const auto known = [](const std::string& text) {
    const std::string message = refusal(text);
    std::set<std::string> keys;
    for (const std::string& part : split(message.substr(message.find("it may have ") + 12), ','))
      keys.insert(part.substr(part.find_first_not_of(' ')));
    return keys;
  };
  EXPECT_EQ(known(R"({"sources": [{"scenes": "a", "labels": "b"}], "qqqqqqqq": 1})"), keys_of(declared));
  EXPECT_EQ(known(with_source(R"("qqqqqqqq": 1)")), keys_of(declared["$defs"]["source"]));
  EXPECT_EQ(known(R"({"sources": [{"scenes": "a", "labels": "b"}], "split": {"qqqqqqqq": 1}})"),
            keys_of(declared["$defs"]["split"]));
}

TEST(TrainingConfig, HasTheDefaultsOfItsSchema) {
  const Json declared = schema();
  const Json& split = declared["$defs"]["split"]["properties"];
  const SplitOptions defaults;
  EXPECT_EQ(split["share"]["default"], defaults.share);
  EXPECT_EQ(split["block_m"]["default"], defaults.block_m);
  EXPECT_EQ(split["gap_m"]["default"], defaults.gap_m);
  EXPECT_EQ(split["seed"]["default"], defaults.seed);
  EXPECT_EQ(declared["$defs"]["source"]["properties"]["weight"]["default"], TrainingSource().weight);
}

TEST(TrainingConfig, RefusesMisspeltKeysWithTheLikelyOne) {
  EXPECT_EQ(refusal(R"({"source": []})"), "train.json: 'sources' is missing");
  EXPECT_THAT(refusal(with_source(R"("clas_field": "x")")),
              HasSubstr("train.json: sources[0] has no 'clas_field' (did you mean 'class_field'?)"));
  EXPECT_THAT(refusal(R"({"sources": [{"scenes": "a", "labels": "b"}], "splitt": {}})"),
              HasSubstr("a training config has no 'splitt' (did you mean 'split'?)"));
}

TEST(TrainingConfig, RefusesValuesOutsideTheirRangesWithTheirPlace) {
  EXPECT_EQ(refusal(with_source(R"("weight": 0)")),
            "train.json: sources[0].weight is 0; allowed: a number in 0.001..1000");
  EXPECT_THAT(refusal(with_source(R"("bands": [0])")),
              HasSubstr("sources[0].bands is [0]; allowed: a list of"));
  EXPECT_THAT(refusal(with_source(R"("color_tolerance": 256)")), HasSubstr("a whole number in 0..255"));
  EXPECT_THAT(refusal(with_source(R"("unknown": "skip")")), HasSubstr("allowed: refuse, ignore"));
  EXPECT_THAT(refusal(with_source(R"("map": {"a": 3})")), HasSubstr("sources[0].map.a is"));
  EXPECT_THAT(refusal(with_source(R"("map": {"a": []})")), HasSubstr("a text, or a list of 1..254 texts"));
  EXPECT_THAT(refusal(with_source(R"("place": "")")), HasSubstr("a text of 1..4096 bytes"));
  EXPECT_THAT(refusal(R"({"sources": []})"), HasSubstr("sources is"));
  EXPECT_THAT(refusal(R"({"sources": [3]})"), HasSubstr("sources[0] is 3; allowed: an object"));
  EXPECT_THAT(refusal(R"({"sources": [{"scenes": "a", "labels": "b"}], "split": {"share": 0.6}})"),
              HasSubstr("split.share is 0.6; allowed: a number in 0..0.5"));
  EXPECT_THAT(refusal(R"({"sources": [{"scenes": "a", "labels": "b"}], "split": {"by": "pixels"}})"),
              HasSubstr("allowed: region, scene, place, blocks"));
  EXPECT_THAT(refusal(R"({"schema_version": 2, "sources": []})"), HasSubstr("schema_version is 2"));
}

TEST(TrainingConfig, RefusesFilesThatDoNotGoTogether) {
  EXPECT_THAT(refusal(R"({"sources": [{}]})"),
              HasSubstr("sources[0]: give either 'scenes' with 'labels', or 'images' with 'masks'"));
  EXPECT_THAT(refusal(R"({"sources": [{"scenes": "a", "labels": "b", "images": "c"}]})"),
              HasSubstr("give either"));
  EXPECT_THAT(refusal(R"({"sources": [{"images": "c"}]})"), HasSubstr("'images' and 'masks' go together"));
  EXPECT_THAT(refusal(R"({"sources": [{"scenes": "c"}]})"), HasSubstr("'scenes' and 'labels' go together"));
  EXPECT_THAT(refusal(R"({"sources": [{"scenes": ["a", "b", "c"], "labels": ["a", "b"]}]})"),
              HasSubstr("2 labels for 3 scenes"));
}

TEST(TrainingConfig, RefusesWhatIsNoJson) {
  EXPECT_THAT(refusal("{"), HasSubstr("train.json: is not valid JSON"));
  EXPECT_THAT(refusal(R"({"sources": 1, "sources": 2})"), HasSubstr("the key 'sources' stands twice"));
  EXPECT_THAT(refusal("[]"), HasSubstr("train.json: the whole is []; allowed: an object"));
  EXPECT_THAT(refusal(R"({"legend": "none.json", "sources": []})", ErrorKind::Data),
              HasSubstr("/data/set/none.json: no such file"));
  EXPECT_THAT(refusal(R"({"legend": [{"value": 0, "name": "x", "color": "#000000"}], "sources": []})",
                      ErrorKind::Model),
              HasSubstr("train.json: legend: legend value 0 is outside 1..254"));
}

}  // namespace
}  // namespace orthocover
