#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/training/augment/pipeline.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The message of the refusal; empty when there is none.
std::string refusal(const std::string& text) {
  try {
    AugmentationPipeline::from_json(json::parse(text), "a.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Usage);
    return error.what();
  }
  return "";
}

std::string refusal_of(const std::string& transform) {
  return refusal(R"({"transforms": [)" + transform + "]}");
}

TEST(PipelineJson, CompletesWhatIsNotGiven) {
  const auto pipeline = AugmentationPipeline::from_json(
      json::parse(R"({"transforms": [{"name": "gamma", "gamma": [0.5, 2]}, {"name": "cut-mix"},
                     {"name": "one-of", "transforms": [{"name": "fog", "p": 1}]}]})"),
      "a.json");
  EXPECT_EQ(pipeline.to_json().dump(),
            R"({"transforms":[{"name":"gamma","p":0.5,"gamma":[0.5,2]},)"
            R"({"name":"one-of","p":0.5,"transforms":[)"
            R"({"name":"fog","p":1,"strength":[0.05,0.3],"light":[190,245],"uneven":0.5}]},)"
            R"({"name":"cut-mix","p":0.2,"area":[0.1,0.4]}]})");
}

TEST(PipelineJson, CompleteFormIsReadBackAsItIs) {
  json all = {{"transforms", json::array()}};
  for (const auto& kind : augment::transform_kinds()) all["transforms"].push_back({{"name", kind.name}});
  for (const auto& kind : augment::mix_kinds()) all["transforms"].push_back({{"name", kind.name}});
  for (const json& given : {all, json(AugmentationPipeline::nadir_default().to_json())}) {
    const auto complete = AugmentationPipeline::from_json(given, "a.json").to_json();
    EXPECT_EQ(AugmentationPipeline::from_json(complete, "b.json").to_json(), complete);
    EXPECT_EQ(complete.at("transforms").size(), given.at("transforms").size());
  }
}

TEST(PipelineJson, DefaultsAreAllowedValues) {
  const auto check = [](const auto& kinds) {
    for (const auto& kind : kinds) {
      for (const auto& key : kind.keys)
        EXPECT_NO_THROW(check_key(key, key.default_value, kind.name)) << kind.name << " " << key.name;
    }
  };
  check(augment::transform_kinds());
  check(augment::mix_kinds());
}

TEST(PipelineJson, RefusesWhatIsNoPipeline) {
  EXPECT_EQ(refusal("[]"), "a.json: is not an object with a list 'transforms'");
  EXPECT_EQ(refusal("{}"), "a.json: 'transforms' is missing, the list of transforms");
  EXPECT_EQ(refusal(R"({"transform": []})"),
            "a.json: unknown key 'transform' (did you mean 'transforms'?); there are $schema, transforms");
  EXPECT_EQ(refusal_of("3"), "a.json: transforms[0]: is not an object with a name");
  EXPECT_EQ(refusal_of(R"({"p": 1})"),
            "a.json: transforms[0]: 'name' is missing, such as \"name\": \"gamma\"");
}

TEST(PipelineJson, OffersTheNearestNameForAnUnknownOne) {
  EXPECT_EQ(
      refusal_of(R"({"name": "shift-scale-rotat"})"),
      "a.json: transforms[0] 'shift-scale-rotat' is not a transform (did you mean 'shift-scale-rotate'?)");
  EXPECT_THAT(refusal_of(R"({"name": "qqqqqqqq"})"),
              testing::StartsWith(
                  "a.json: transforms[0] 'qqqqqqqq' is not a transform; there are horizontal-flip, "));
  EXPECT_EQ(
      refusal_of(R"({"name": "gamma", "gama": [1, 1]})"),
      "a.json: transforms[0] 'gamma': unknown key 'gama' (did you mean 'gamma'?); there are name, p, gamma");
}

TEST(PipelineJson, RefusesValuesOutsideTheirRange) {
  EXPECT_EQ(refusal_of(R"({"name": "gamma", "p": 1.5})"),
            "a.json: transforms[0] 'gamma': p: 1.5 is outside 0..1");
  EXPECT_EQ(refusal_of(R"({"name": "gamma", "p": "often"})"),
            "a.json: transforms[0] 'gamma': p: \"often\" is not a number");
  EXPECT_EQ(refusal_of(R"({"name": "gamma", "gamma": [0, 1]})"),
            "a.json: transforms[0] 'gamma': gamma: 0 is outside 0.1..10");
  EXPECT_EQ(refusal_of(R"({"name": "gamma", "gamma": 2})"),
            "a.json: transforms[0] 'gamma': gamma: 2 is not a range; write [low, high]");
  EXPECT_EQ(refusal_of(R"({"name": "gamma", "gamma": [2, 1]})"),
            "a.json: transforms[0] 'gamma': gamma: [2,1] has the larger number first; write [low, high]");
  EXPECT_EQ(refusal_of(R"({"name": "blur", "size": [3, 4]})"),
            "a.json: transforms[0] 'blur': size: 4 is not odd");
  EXPECT_EQ(refusal_of(R"({"name": "blur", "size": [3, 5.5]})"),
            "a.json: transforms[0] 'blur': size: 5.5 is not a whole number");
  EXPECT_EQ(refusal_of(R"({"name": "affine", "keep_ratio": 1})"),
            "a.json: transforms[0] 'affine': keep_ratio: 1 is not true or false");
  EXPECT_EQ(
      refusal_of(R"({"name": "affine", "border": "reflected"})"),
      "a.json: transforms[0] 'affine': border: \"reflected\" is not one of reflect, constant, reflect-labels "
      "(did you mean 'reflect'?)");
}

TEST(PipelineJson, IsReadFromAFile) {
  const fs::path file = fs::temp_directory_path() / fmt::format("pipeline_json_{}.json", getpid());
  const auto message = [&](const std::string& text) -> std::string {
    std::ofstream(file) << text;
    try {
      EXPECT_EQ(AugmentationPipeline::from_file(file).steps().size(), 1U);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(R"({"transforms": [{"name": "d4"}]})"), "");
  EXPECT_THAT(message(R"({"transforms": [)"), testing::StartsWith(file.string() + ": is not valid JSON: "));
  EXPECT_EQ(message("[]"), file.string() + ": is not an object with a list 'transforms'");
  fs::remove(file);
  EXPECT_THROW(AugmentationPipeline::from_file(file), Error);
}

TEST(PipelineJson, RefusesChoicesThatCanNotBe) {
  EXPECT_EQ(refusal_of(R"({"name": "one-of"})"),
            "a.json: transforms[0] 'one-of': 'transforms' is missing, the list of transforms");
  EXPECT_EQ(refusal_of(R"({"name": "one-of", "transforms": [{"name": "blur", "p": 0}]})"),
            "a.json: transforms[0] 'one-of': none of its transforms has a p above 0");
  EXPECT_EQ(refusal_of(R"({"name": "some-of", "count": 2, "transforms": [{"name": "blur"}]})"),
            "a.json: transforms[0] 'some-of': count: 2 is outside 1..1");
  EXPECT_EQ(
      refusal_of(R"({"name": "one-of", "transforms": [{"name": "cut-mix"}]})"),
      "a.json: transforms[0] 'one-of': transforms[0] 'cut-mix': mixing takes two patches and can't be one "
      "choice of several");
  std::string nested = R"({"name": "blur"})";
  for (int i = 0; i < 12; ++i) nested = R"({"name": "one-of", "transforms": [)" + nested + "]}";
  EXPECT_THAT(refusal_of(nested), testing::HasSubstr("more than 8 choices inside each other"));
}

}  // namespace
}  // namespace orthocover
