#include "core/training/augment/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "core/base/error.h"
#include "made_sample.h"

namespace orthocover {
namespace {

using nlohmann::json;
using test::equal;
using test::made_sample;

AugmentationPipeline pipeline_of(const json& transforms) {
  return AugmentationPipeline::from_json({{"transforms", transforms}}, "test");
}

/// How often each transform is applied.
std::map<std::string, int> counts(const AugmentationPipeline& pipeline, int draws) {
  std::map<std::string, int> counts;
  Random random(31);
  for (int i = 0; i < draws; ++i) {
    for (const auto& drawn : pipeline.draw(random)) ++counts[drawn.name];
  }
  return counts;
}

TEST(AugmentationPipeline, OfNothingChangesNothing) {
  AugmentSample sample = made_sample();
  Random random(1);
  EXPECT_TRUE(AugmentationPipeline().apply(sample, random).empty());
  EXPECT_TRUE(equal(sample, made_sample()));
}

TEST(AugmentationPipeline, AppliesATransformWithItsProbability) {
  const auto pipeline = pipeline_of(
      {{{"name", "gamma"}, {"p", 0}}, {{"name", "blur"}, {"p", 0.3}}, {{"name", "d4"}, {"p", 1}}});
  auto counted = counts(pipeline, 4000);
  EXPECT_EQ(counted["gamma"], 0);
  EXPECT_NEAR(counted["blur"], 1200, 120);
  EXPECT_EQ(counted["d4"], 4000);
}

TEST(AugmentationPipeline, AppliesTransformsInTheirOrder) {
  const auto pipeline = pipeline_of({{{"name", "to-gray"}, {"p", 1}}, {{"name", "blur"}, {"p", 1}}});
  AugmentSample sample = made_sample();
  Random random(1);
  EXPECT_EQ(pipeline.apply(sample, random), (std::vector<std::string>{"to-gray", "blur"}));
}

TEST(AugmentationPipeline, OneOfChoosesByWeight) {
  const auto pipeline = pipeline_of(
      {{{"name", "one-of"},
        {"p", 0.5},
        {"transforms",
         {{{"name", "gamma"}, {"p", 0.1}}, {{"name", "blur"}, {"p", 0.3}}, {{"name", "d4"}, {"p", 0}}}}}});
  auto counted = counts(pipeline, 8000);
  EXPECT_NEAR(counted["gamma"], 1000, 130);
  EXPECT_NEAR(counted["blur"], 3000, 200);
  EXPECT_EQ(counted["d4"], 0);
}

TEST(AugmentationPipeline, SomeOfChoosesDistinctOnesInTheirOrder) {
  const auto pipeline = pipeline_of(
      {{{"name", "some-of"},
        {"p", 1},
        {"count", 2},
        {"transforms",
         {{{"name", "gamma"}}, {{"name", "blur"}}, {{"name", "d4"}}, {{"name", "fog"}, {"p", 0}}}}}});
  Random random(5);
  const std::vector<std::string> order = {"gamma", "blur", "d4"};
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const auto drawn = pipeline.draw(random);
    ASSERT_EQ(drawn.size(), 2U);
    EXPECT_LT(std::ranges::find(order, drawn[0].name), std::ranges::find(order, drawn[1].name));
    seen.insert({drawn[0].name, drawn[1].name});
  }
  EXPECT_EQ(seen, std::set<std::string>(order.begin(), order.end()));
}

TEST(AugmentationPipeline, DependsOnTheSeedAloneOnAnyThread) {
  const AugmentationPipeline pipeline = AugmentationPipeline::nadir_default();
  std::vector<AugmentSample> results(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < results.size(); ++i) {
      threads.emplace_back([&, i] {
        results[i] = made_sample();
        Random random(40, i / 2);
        pipeline.apply(results[i], random);
      });
    }
  }
  for (std::size_t i = 0; i < results.size(); i += 2) EXPECT_TRUE(equal(results[i], results[i + 1]));
  EXPECT_FALSE(equal(results[0], results[2]));
}

TEST(AugmentationPipeline, NeverWritesIntoPixelsThatOthersShare) {
  for (const auto& kind : augment::transform_kinds()) {
    const AugmentSample original = made_sample();
    AugmentSample sample = original;
    Random random(2);
    test::only(kind.name).apply(sample, random);
    EXPECT_TRUE(equal(original, made_sample())) << kind.name;
  }
}

TEST(AugmentationPipeline, KeepsSizeAndTypeOfEveryKindOfImage) {
  for (const int type : {CV_8UC1, CV_8UC2, CV_8UC3, CV_8UC4, CV_8UC(5), CV_32FC1, CV_32FC3, CV_32FC(9)}) {
    for (const auto& kind : augment::transform_kinds()) {
      SCOPED_TRACE(kind.name + " " + cv::typeToString(type));
      AugmentSample sample = made_sample(40, 32, type);
      Random random(6);
      test::only(kind.name).apply(sample, random);
      EXPECT_EQ(sample.image.type(), type);
      EXPECT_EQ(sample.image.size(), cv::Size(40, 32));
      EXPECT_EQ(sample.labels.type(), CV_8UC1);
      EXPECT_EQ(sample.labels.size(), cv::Size(40, 32));
    }
  }
}

TEST(AugmentationPipeline, DefaultVariesWithoutDestroying) {
  const AugmentationPipeline pipeline = AugmentationPipeline::nadir_default();
  double change = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    AugmentSample sample = made_sample();
    Random random(seed);
    pipeline.apply(sample, random);
    change += std::abs(cv::mean(sample.image)[0] - cv::mean(made_sample().image)[0]) / 100;
    EXPECT_LT(cv::countNonZero(sample.labels == kIgnoreLabel), 64 * 64 / 2);
  }
  EXPECT_TRUE(change > 3 && change < 40) << change;
}

TEST(AugmentationPipeline, DrawsMixesByTheirProbability) {
  const auto pipeline =
      pipeline_of({{{"name", "class-mix"}, {"p", 0.25}}, {{"name", "cut-mix"}, {"p", 0}}, {{"name", "d4"}}});
  EXPECT_TRUE(pipeline.mixes());
  EXPECT_FALSE(AugmentationPipeline::nadir_default().mixes());
  Random random(3);
  int drawn = 0;
  for (int i = 0; i < 4000; ++i) drawn += pipeline.draw_mix(random) != nullptr;
  EXPECT_NEAR(drawn, 1000, 120);
  EXPECT_EQ(AugmentationPipeline().draw_mix(random), nullptr);
}

TEST(AugmentationPipeline, MixesASecondSampleIn) {
  const auto pipeline = pipeline_of({{{"name", "cut-mix"}, {"p", 1}, {"area", {0.25, 0.25}}}});
  Random random(3);
  AugmentSample a = made_sample();
  AugmentSample b = made_sample();
  b.image.setTo(cv::Scalar::all(255));
  const Mix* mix = pipeline.draw_mix(random);
  ASSERT_NE(mix, nullptr);
  apply_mix(a, b, *mix, random);
  cv::Mat white;
  cv::inRange(a.image, cv::Scalar::all(255), cv::Scalar::all(255), white);
  EXPECT_NEAR(cv::countNonZero(white), 32 * 32, 40);
}

TEST(AugmentationPipeline, RefusesSamplesThatDoNotFitTogether) {
  const auto message = [](AugmentSample sample) -> std::string {
    Random random(1);
    try {
      AugmentationPipeline().apply(sample, random);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  AugmentSample sample = made_sample();
  sample.labels = cv::Mat::zeros(3, 4, CV_8UC1);
  EXPECT_EQ(message(sample),
            "augmentation wants labels of bytes of the image's 64 x 64 pixels, these are 4 x 3");
  sample = made_sample();
  sample.rgb = {0, 1, 3};
  EXPECT_EQ(message(sample), "augmentation wants red, green and blue as three channels of 3");
  sample.image.convertTo(sample.image, CV_16U);
  EXPECT_EQ(message(sample), "augmentation wants images of bytes or 32-bit floats, this one is CV_16UC3");
  EXPECT_THAT(message({}), testing::HasSubstr("this one is empty"));
}

TEST(AugmentationPipeline, TranslatesErrorsOfOpenCV) {
  class Broken final : public augment::Transform {
    void draw(Random&, std::vector<augment::DrawnTransform>& drawn) const override {
      drawn.push_back({"broken", [](AugmentSample& s) { s.image = s.image(cv::Rect(0, 0, 1000, 1)); }});
    }
    nlohmann::ordered_json keys() const override { return {}; }
  };
  const AugmentationPipeline pipeline({{"broken", 1, std::make_shared<Broken>()}});
  AugmentSample sample = made_sample();
  Random random(1);
  try {
    pipeline.apply(sample, random);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("augmentation 'broken': "));
  }
}

TEST(RgbChannels, AreFoundByNameOrNotAtAll) {
  EXPECT_EQ(rgb_channels(std::vector<std::string>{"Blue", "nir", "GREEN", "red"}),
            (std::vector<int>{3, 2, 0}));
  EXPECT_EQ(rgb_channels(std::vector<std::string>{"red", "green", "nir"}), std::vector<int>{});
}

}  // namespace
}  // namespace orthocover
