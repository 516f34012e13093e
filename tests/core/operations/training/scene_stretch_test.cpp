#include "core/operations/training/scene_stretch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/operations/expect_error.h"
#include "tests/core/training/made_scene.h"

namespace orthocover::operations {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::pair<double, double> kUsual{2, 98};
constexpr std::pair<double, double> kOther{1, 99};

class Listener final : public RunContext {
 public:
  void log(LogLevel level, std::string_view message) override {
    messages.push_back((level == LogLevel::Warning ? "warning: " : "") + std::string(message));
  }
  std::vector<std::string> messages;
};

TEST(SceneStretch, IsNoneOrTheUsualOneWhereTrainingBeginsWithNoModel) {
  Listener run;
  EXPECT_EQ(choose_stretch("auto", {}, {}, run), std::nullopt);
  EXPECT_EQ(choose_stretch("none", {}, {}, run), std::nullopt);
  EXPECT_EQ(choose_stretch("percentile", {}, {}, run), kUsual);
  EXPECT_THAT(run.messages, IsEmpty());
}

TEST(SceneStretch, IsTakenOverFromTheModelThatTrainingBeginsWith) {
  Listener run;
  EXPECT_EQ(choose_stretch("auto", "start", kOther, run), kOther);
  EXPECT_THAT(
      run.messages,
      ElementsAre("scenes are stretched from 1 to 99 % of their own values, as 'start' learned them"));
  EXPECT_EQ(choose_stretch("auto", "start", {}, run), std::nullopt);
  EXPECT_EQ(run.messages.size(), 1U) << "values as they are need no word";
}

TEST(SceneStretch, WarnsOfAnOptionThatContradictsTheModel) {
  Listener run;
  EXPECT_EQ(choose_stretch("none", "start", kUsual, run), std::nullopt);
  EXPECT_EQ(choose_stretch("percentile", "start", {}, run), kUsual);
  EXPECT_EQ(choose_stretch("percentile", "start", kOther, run), kUsual);
  EXPECT_THAT(
      run.messages,
      ElementsAre("warning: --scaling none: scenes are as they are, but 'start' learned them stretched "
                  "from 2 to 98 % of their own values; leave --scaling out to do the same",
                  AllOf(HasSubstr("--scaling percentile"), HasSubstr("'start' learned them as they are")),
                  HasSubstr("from 1 to 99 %")));
  run.messages.clear();
  EXPECT_EQ(choose_stretch("percentile", "start", kUsual, run), kUsual);
  EXPECT_EQ(choose_stretch("none", "start", {}, run), std::nullopt);
  EXPECT_THAT(run.messages, IsEmpty()) << "the same as the model";
}

TEST(SceneStretch, RefusesASceneWithoutAValidPixelAndSaysWhatTrainCanDo) {
  std::vector<TrainingScene> scenes(1);
  RasterInfo info = memory_raster_info(64, 64, 1, 0.1);
  info.path = "empty.tif";
  const auto refused = [&](const char* message) {
    scenes[0].source = std::make_unique<MemoryRasterSource>(
        info, [](int, std::int64_t, std::int64_t) { return 0.0F; },
        [](std::int64_t, std::int64_t) { return false; });
    test::expect_error(ErrorKind::Data, message, [&] { stretch_scenes(kUsual, scenes, RunContext()); });
  };
  refused("empty.tif: has no valid pixel");
  info.cols = 64 * 128 + 1;  // so large a scene is not read as a whole
  refused(
      "empty.tif: no valid pixel was found in 64 sample windows; give --scaling none, or leave the scene "
      "out");
}

TEST(SceneStretch, BringsAllValuesToTheFullRangeUnlessItIsToStop) {
  std::vector<TrainingScene> scenes(2);
  for (TrainingScene& scene : scenes) {
    const int first = &scene == scenes.data() ? 10 : 100;
    scene.source = std::make_unique<MemoryRasterSource>(
        memory_raster_info(128, 128, 1, 0.1),
        [first](int, std::int64_t col, std::int64_t) { return static_cast<float>(first + col / 2); });
  }
  class : public RunContext {
    bool cancelled() const override { return true; }
  } stopped;
  EXPECT_THROW(stretch_scenes(kUsual, scenes, stopped), Error);
  stretch_scenes({0, 100}, scenes, RunContext());
  for (const TrainingScene& scene : scenes) {
    PixelBlock pixels;
    scene.source->read({0, 0, 128, 1}, -1, pixels);
    scene.source->adjust(pixels);
    EXPECT_EQ(pixels.values.front(), 0);
    EXPECT_FLOAT_EQ(pixels.values.back(), 255);
  }
}

}  // namespace
}  // namespace orthocover::operations
