#include "core/inference/model_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/ports/memory_raster.h"
#include "core/resampling/scene_percentiles.h"

namespace orthocover {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

nn::ModelManifest rgb_model() {
  nn::ModelManifest manifest;
  manifest.name = "m";
  manifest.bands = {{"red", 0.5, 0.25}, {"green", 0.5, 0.25}, {"blue", 0.5, 0.25}};
  manifest.ground_size_m = 0.08;
  manifest.max_ground_size_m = 0.4;
  return manifest;
}

RasterInfo scene(const std::vector<std::string>& colors, double ground_size_m = 0.1) {
  RasterInfo info = memory_raster_info(100, 100, static_cast<int>(colors.size()), ground_size_m);
  for (std::size_t i = 0; i < colors.size(); ++i) info.bands[i].color = colors[i];
  return info;
}

TEST(ModelFit, TakesBandsByTheirNamesWhenTheCountDiffers) {
  RunContext context;
  EXPECT_THAT(choose_bands(scene({"Red", "Green", "Blue"}), rgb_model(), context), IsEmpty());
  EXPECT_THAT(choose_bands(scene({"Blue", "Green", "Red", "NIR"}), rgb_model(), context),
              ElementsAre(3, 2, 1));
  EXPECT_THAT(choose_bands(scene({"Blue", "Green", "Red"}), rgb_model(), context), ElementsAre(3, 2, 1));
  RasterInfo alpha_first = scene({"NIR", "Red", "Green", "Blue"});
  for (int i = 0; i < 4; ++i) alpha_first.bands[static_cast<std::size_t>(i)].number = i + 2;
  EXPECT_THAT(choose_bands(alpha_first, rgb_model(), context), ElementsAre(3, 4, 5)) << "as in the file";
  EXPECT_THAT(choose_bands(scene({"Undefined", "Undefined", "Undefined"}), rgb_model(), context), IsEmpty());
  RasterInfo described = scene({"Red", "Green", "Blue"});
  described.bands[0].description = "Blue";
  described.bands[2].description = "Red";
  EXPECT_THAT(choose_bands(described, rgb_model(), context), ElementsAre(3, 2, 1));
}

TEST(ModelFit, RefusesAWrongBandCountByName) {
  RunContext context;
  try {
    choose_bands(scene({"Gray", "Undefined"}), rgb_model(), context);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Data);
    EXPECT_THAT(
        error.what(),
        HasSubstr("memory: 2 data bands are chosen, model 'm' wants 3 (red, green, blue); choose them "
                  "with --bands"));
  }
}

TEST(ModelFit, ReadsAFineSceneAtTheModelsGroundSize) {
  RunContext context;
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.01), rgb_model(), "model", context), 8);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.01), rgb_model(), "native", context), 1);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.01), rgb_model(), "0.05", context), 5);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.075), rgb_model(), "model", context), 1);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.085), rgb_model(), "model", context), 1);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.1), rgb_model(), "model", context), 0.8);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.2), rgb_model(), "model", context), 0.5);
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 5), rgb_model(), "model", context), 0.5);
  EXPECT_THROW(base_scale(scene({"Gray"}, 1e-6), rgb_model(), "model", context), Error);
  EXPECT_THROW(base_scale(scene({"Gray"}), rgb_model(), "fine", context), Error);
  EXPECT_THROW(base_scale(scene({"Gray"}), rgb_model(), "-1", context), Error);
}

TEST(ModelFit, WarnsOfAGroundSizeThatTheModelIsNotMeantFor) {
  class Warned final : public RunContext {
   public:
    void log(LogLevel, std::string_view message) override { text = message; }
    std::string text;
  } context;
  base_scale(scene({"Gray"}, 0.1), rgb_model(), "0.2", context);
  base_scale(scene({"Gray"}, 0.1), rgb_model(), "native", context);
  EXPECT_EQ(context.text, "");
  EXPECT_DOUBLE_EQ(base_scale(scene({"Gray"}, 0.1), rgb_model(), "7", context), 70);
  EXPECT_THAT(context.text, HasSubstr("covers 7 m with --ground-size 7, model 'm' is meant for"));
  base_scale(scene({"Gray"}, 0.6), rgb_model(), "native", context);
  EXPECT_THAT(context.text, HasSubstr("covers 0.6 m with --ground-size native, model 'm'"));
}

TEST(ModelFit, TakesAFrameOfUnknownGroundSizeAsItIs) {
  RunContext context;
  RasterInfo frame = scene({"Gray"});
  frame.ground_size_m.reset();
  EXPECT_DOUBLE_EQ(base_scale(frame, rgb_model(), "model", context), 1);
  EXPECT_THROW(base_scale(frame, rgb_model(), "0.05", context), Error);
}

MemoryRasterSource sixteen_bit() {
  RasterInfo info = memory_raster_info(200, 200, 3, 0.1);
  for (BandInfo& band : info.bands) band.data_type = "UInt16";
  return {info, [](int, std::int64_t col, std::int64_t) { return static_cast<float>(1000 + 100 * col); }};
}

TEST(ModelFit, StretchesOtherDataTypesFromTheWholeScene) {
  RunContext context;
  const MemoryRasterSource source = sixteen_bit();
  const auto scaling = band_scaling(source, rgb_model(), "auto", context);
  const auto level = [&](double pixel) { return pixel * scaling[0].gain + scaling[0].offset; };
  EXPECT_NEAR(level(1000 + 100 * 0.02 * 199), 0, 3);
  EXPECT_NEAR(level(1000 + 100 * 0.98 * 199), 255, 3);
  EXPECT_EQ(scaling[0].limit, 255);
  EXPECT_EQ(scaling[0].mean, 0.5);
}

TEST(ModelFit, StretchesEverySceneForAModelThatLearnedSo) {
  RunContext context;
  nn::ModelManifest manifest = rgb_model();
  manifest.stretch_percent = {0, 50};
  const MemoryRasterSource source(
      memory_raster_info(200, 200, 3, 0.1),
      [](int, std::int64_t col, std::int64_t) { return static_cast<float>(20 + col / 2); });
  const BandScaling scaling = band_scaling(source, manifest, "auto", context)[0];
  EXPECT_NEAR(20 * scaling.gain + scaling.offset, 0, 1e-9);
  EXPECT_NEAR(69 * scaling.gain + scaling.offset, 255, 6);
  EXPECT_EQ(band_scaling(source, manifest, "none", context)[0].gain, 1);
  manifest.data_type = "uint16";
  EXPECT_EQ(band_scaling(sixteen_bit(), manifest, "auto", context)[0].limit, 65535);
}

TEST(ModelFit, HonoursGivenScalings) {
  RunContext context;
  const MemoryRasterSource source = sixteen_bit();
  EXPECT_EQ(band_scaling(source, rgb_model(), "none", context)[0].gain, 1);
  const BandScaling given = band_scaling(source, rgb_model(), "100,1120", context)[1];
  EXPECT_NEAR(100 * given.gain + given.offset, 0, 1e-9);
  EXPECT_NEAR(1120 * given.gain + given.offset, 255, 1e-9);
  for (const char* wrong : {"1,", "5,5", "9,1", "minmax", "1,2,3"}) {
    EXPECT_THROW(band_scaling(source, rgb_model(), wrong, context), Error) << wrong;
  }
}

TEST(ModelFit, RefusesASceneOfAnotherTypeWhenTheModelIsNotEightBit) {
  RunContext context;
  nn::ModelManifest manifest = rgb_model();
  manifest.data_type = "float32";
  EXPECT_THROW(band_scaling(sixteen_bit(), manifest, "auto", context), Error);
  manifest.data_type = "uint16";
  EXPECT_EQ(band_scaling(sixteen_bit(), manifest, "auto", context)[0].gain, 1);
}

TEST(ModelFit, StretchesNothingForAModelOfValuesWithoutARange) {
  RunContext context;
  nn::ModelManifest manifest = rgb_model();
  manifest.data_type = "float32";
  EXPECT_EQ(band_scaling(sixteen_bit(), manifest, "percentile", context)[0].limit, 1);
  for (nn::ModelBand& band : manifest.bands) band.mean = 120;  // it learned values as they are
  EXPECT_THROW(band_scaling(sixteen_bit(), manifest, "percentile", context), Error);
  EXPECT_THROW(band_scaling(sixteen_bit(), manifest, "0,9", context), Error);
  EXPECT_EQ(band_scaling(sixteen_bit(), manifest, "none", context)[0].gain, 1);
}

TEST(ModelFit, TakesBandsOfSeveralTypesForFloats) {
  RunContext context;
  RasterInfo info = memory_raster_info(4, 4, 3, 0.1);
  info.bands[2].data_type = "Float32";
  nn::ModelManifest manifest = rgb_model();
  manifest.data_type = "float32";
  const MemoryRasterSource mixed(info, [](int, std::int64_t, std::int64_t) { return 1.0F; });
  EXPECT_EQ(band_scaling(mixed, manifest, "auto", context)[0].gain, 1);
}

TEST(ModelFit, BringsLevelWeightsToSumOne) {
  nn::ModelManifest manifest = rgb_model();
  manifest.levels = {{1, 0.5, 1.1}, {2, 0.3, 1.2}, {4, 0.2, 1.3}};
  const auto weights = level_weights(manifest, {1, 2, 8});
  EXPECT_DOUBLE_EQ(weights[0].weight, 0.5);
  EXPECT_DOUBLE_EQ(weights[1].weight, 0.3);
  EXPECT_DOUBLE_EQ(weights[2].weight, 0.2) << "an unknown level gets the smallest weight";
  EXPECT_DOUBLE_EQ(weights[1].temperature, 1.2);
  EXPECT_DOUBLE_EQ(weights[2].temperature, 1.3) << "in the measure of the others";
  manifest.levels[2].weight = 0;
  EXPECT_DOUBLE_EQ(level_weights(manifest, {1, 8})[1].weight, 0.375)
      << "a level without weight is no measure";
  EXPECT_DOUBLE_EQ(level_weights(manifest, {4})[0].weight, 1);
}

TEST(ScenePercentiles, FindTheValidPixelsOfANearlyEmptyScene) {
  // Between the windows of the first look, which are 128 px and 553 px apart.
  const MemoryRasterSource source(
      memory_raster_info(4000, 4000, 1, 0.1), [](int, std::int64_t, std::int64_t) { return 9.0F; },
      [](std::int64_t col, std::int64_t row) { return col >= 200 && col < 400 && row >= 200 && row < 400; });
  const auto bounds = scene_percentiles(source, 2, 98, "");
  EXPECT_EQ(bounds.at(0), std::pair(9.0, 9.0));
}

TEST(ScenePercentiles, OfBytesByAnyThreadsAreThoseOfTheNumbers) {
  class Numbers final : public RasterSource {
   public:
    explicit Numbers(const RasterSource& source) : m_source(source), m_info(source.info()) {
      for (BandInfo& band : m_info.bands) band.data_type = "UInt16";
    }
    const RasterInfo& info() const override { return m_info; }
    void read(const Window& window, int overview, PixelBlock& out) const override {
      m_source.read(window, overview, out);
    }
    void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
      m_source.read_validity(window, valid);
    }

   private:
    const RasterSource& m_source;
    RasterInfo m_info;
  };
  const MemoryRasterSource source(
      memory_raster_info(900, 700, 2, 0.1),
      [](int band, std::int64_t col, std::int64_t row) {
        return static_cast<float>((col * col + 31 * row) % (120 + 90 * band) + 20);
      },
      [](std::int64_t col, std::int64_t) { return col % 5 != 0; });
  ASSERT_TRUE(source.has_bytes());
  for (const auto& [low, high] : {std::pair(2.0, 98.0), std::pair(0.0, 100.0), std::pair(37.3, 50.0)}) {
    const auto expected = scene_percentiles(Numbers(source), low, high, "");
    EXPECT_LT(expected[0].first, expected[0].second);
    EXPECT_NE(expected[0], expected[1]);
    for (const int threads : {1, 3}) EXPECT_EQ(scene_percentiles(source, low, high, "", threads), expected);
    EXPECT_EQ(scene_percentiles(Numbers(source), low, high, "", 3), expected);
  }
}

TEST(ScenePercentiles, RefuseASceneWithoutValidPixels) {
  for (const std::int64_t side : {50, 257, 600, 1000}) {
    const MemoryRasterSource source(
        memory_raster_info(side, side, 1, 0.1), [](int, std::int64_t, std::int64_t) { return 1.0F; },
        [](std::int64_t, std::int64_t) { return false; });
    EXPECT_THROW(scene_percentiles(source, 2, 98, "leave it out"), EmptyScene) << side;
  }
}

}  // namespace
}  // namespace orthocover
