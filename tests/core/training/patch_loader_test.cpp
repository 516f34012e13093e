#include "core/training/patch_loader.h"

#include <gtest/gtest.h>

#include "core/training/batch_queue.h"
#include "tests/core/training/made_scene.h"

namespace orthocover {
namespace {

struct Loaded {
  std::vector<TrainingScene> scenes;
  std::vector<nn::ModelBand> bands = {{"red", 0.4, 0.25}, {"green", 0.4, 0.25}, {"blue", 0.4, 0.25}};
  SamplingOptions sampling;

  Loaded() {
    scenes.push_back(test::two_halves());
    sampling.classes = 2;
    sampling.levels = {1, 2};
    sampling.level_shares = {0.5, 0.5};
    sampling.patch_px = 64;
  }
  PatchLoader loader(std::optional<AugmentationPipeline> augmentation,
                     double style = kUsualStyleShare) const {
    return {scenes, bands, 1.0 / 255, measure_bands(scenes, 1.0 / 255), std::move(augmentation), style};
  }
};

PatchRequest across_both_halves() {
  PatchRequest request;
  request.window = {96, 32, 64, 64};
  request.seed = 5;
  return request;
}

TEST(PatchLoader, ScalesAsTheNetworkExpectsIt) {
  const Loaded made;
  const TrainingPatch patch = made.loader({}).load(across_both_halves());
  EXPECT_EQ(patch.labelled, 64 * 64);
  EXPECT_EQ(patch.labels[3][0].item<int>(), 0);
  EXPECT_EQ(patch.labels[3][63].item<int>(), 1);
  // Band 1, column 96, row 32: 40 + 10 + (7 * 96 + 3 * 32) % 16 = 50.
  EXPECT_NEAR(patch.image[1][0][0].item<double>(), (50.0 / 255 - 0.4) / 0.25, 1e-5);
}

TEST(PatchLoader, HidesLabelsOfGroundThatIsHeldOutElsewhere) {
  Loaded made;
  made.scenes[0].withheld = {{0, 0, 128, 256}};
  const TrainingPatch patch = made.loader({}).load(across_both_halves());
  EXPECT_EQ(patch.labelled, 32 * 64);
  EXPECT_FALSE(patch.labels.slice(1, 0, 32).eq(0).any().item<bool>());
}

TEST(PatchLoader, GivesThePlainPatchThroughAnEmptyPipelineButForStyle) {
  const Loaded made;
  const TrainingPatch plain = made.loader({}).load(across_both_halves());
  const TrainingPatch empty = made.loader(AugmentationPipeline()).load(across_both_halves());
  EXPECT_TRUE(plain.labels.equal(empty.labels));
  EXPECT_EQ(plain.labelled, empty.labelled);
  // One scene has no other style to take on: pixels are whole numbers before and after.
  EXPECT_LT((plain.image - empty.image).abs().max().item<double>(), 1e-4);
}

/// Whether any of many draws of a patch of the first scene takes on another scene's colours.
bool takes_on_style(const Loaded& made, double style_share = kUsualStyleShare) {
  const PatchLoader loader = made.loader(AugmentationPipeline(), style_share);
  const TrainingPatch plain = made.loader({}).load(across_both_halves());
  PatchRequest request = across_both_halves();
  for (request.seed = 1; request.seed <= 50; ++request.seed) {
    if ((plain.image - loader.load(request).image).abs().max().item<double>() > 0.1) return true;
  }
  return false;
}

TEST(PatchLoader, NeverTakesOnTheColoursOfWhatIsHeldOut) {
  Loaded made;
  made.scenes.push_back(test::two_halves("bright"));
  made.scenes.back().source = std::make_unique<MemoryRasterSource>(
      memory_raster_info(256, 256, 3, 0.1),
      [](int, std::int64_t col, std::int64_t) { return static_cast<float>(200 + col % 40); });
  EXPECT_TRUE(takes_on_style(made));
  EXPECT_FALSE(takes_on_style(made, 0));
  made.scenes.back().held_out = made.scenes.back().labels->regions();
  EXPECT_FALSE(takes_on_style(made));
}

TEST(PatchLoader, VariesPixelsAndLabelsTogetherAndByTheSeedAlone) {
  const Loaded made;
  const PatchLoader loader = made.loader(AugmentationPipeline::nadir_default());
  PatchRequest request = across_both_halves();
  bool varied = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    request.seed = seed;
    const TrainingPatch patch = loader.load(request);
    const TrainingPatch again = loader.load(request);
    EXPECT_TRUE(patch.image.equal(again.image));
    EXPECT_TRUE(patch.labels.equal(again.labels));
    varied = varied || !patch.labels.equal(made.loader({}).load(request).labels);
    const torch::Tensor bright = patch.labels.eq(1);
    const torch::Tensor dark = patch.labels.eq(0);
    ASSERT_TRUE(bright.any().item<bool>() && dark.any().item<bool>());
    EXPECT_GT(patch.image[0].masked_select(bright).mean().item<double>(),
              patch.image[0].masked_select(dark).mean().item<double>())
        << seed;
  }
  EXPECT_TRUE(varied);
}

/// Pixels and labels of stripes of one scene pixel, on a grid of half its pixels from an odd place on.
TEST(PatchLoader, LabelsLieOnTheirPixelsAtFineScales) {
  std::vector<LabelledPiece> stripes;
  for (std::int64_t col = 0; col < 64; ++col)
    stripes.push_back({static_cast<int>(col % 2), {col, 0, 1, 64}, 0, ""});
  const test::MadeLabels labels(stripes, {});
  for (const double scale : {0.5, 0.75, 1.0, 1.4}) {
    for (const std::int64_t first : {4, 5, 7}) {
      std::vector<std::uint8_t> got;
      read_patch_labels(labels, scale, {first, first, 16, 16}, got);
      for (std::int64_t i = 0; i < 256; ++i) {
        const auto centre = (static_cast<double>(first + i % 16) + 0.5) * scale;
        ASSERT_EQ(got[static_cast<std::size_t>(i)], static_cast<std::int64_t>(centre) % 2)
            << scale << ' ' << i;
      }
    }
  }
}

/// Reflectances times 10,000 as they are: augmentation leaves the two halves apart.
TEST(PatchLoader, VariesValuesOfAnyRange) {
  for (const char* type : {"Int16", "UInt16", "Float32"}) {
    Loaded made;
    RasterInfo info = memory_raster_info(256, 256, 3, 0.1, type);
    const float unit = type == std::string("Float32") ? 1e-4F : 1.0F;
    made.scenes[0].source =
        std::make_unique<MemoryRasterSource>(info, [unit](int, std::int64_t col, std::int64_t row) {
          return unit * static_cast<float>((col < 128 ? 600 : 1200) + (7 * col + 3 * row) % 40);
        });
    const double scale = type == std::string("UInt16") ? 1.0 / 65535 : 1;
    const auto statistics = measure_bands(made.scenes, scale);
    for (std::size_t band = 0; band < 3; ++band)
      made.bands[band].mean = statistics.back().mean[band],
      made.bands[band].std = statistics.back().deviation[band];
    const PatchLoader loader(made.scenes, made.bands, scale, statistics,
                             AugmentationPipeline::nadir_default());
    PatchRequest request = across_both_halves();
    double contrast = 0;
    for (request.seed = 1; request.seed <= 20; ++request.seed) {
      const TrainingPatch patch = loader.load(request);
      const auto mean_of = [&](int label) {
        return patch.image[0].masked_select(patch.labels.eq(label)).mean().item<double>();
      };
      contrast += (mean_of(1) - mean_of(0)) / 20;
    }
    EXPECT_GT(contrast, 1) << type << ": two deviations apart as they are";
  }
}

TEST(PatchLoader, MeasuresHowFarAllButFewValuesReach) {
  const MemoryRasterSource source(
      memory_raster_info(256, 256, 1, 0.1, "Float32"), [](int, std::int64_t col, std::int64_t row) {
        if (col == 9 && row == 9) return 1000.0F;
        return col >= 100 && col < 103 ? 20.0F : 1 + static_cast<float>((col + row) % 2);
      });
  const BandStatistics statistics = measure_bands(source, 0.5);
  EXPECT_EQ(statistics.lowest, std::vector<double>{0.5});
  EXPECT_EQ(statistics.highest, std::vector<double>{10});
}

/// Is to stop once it was asked so often.
class Stopping final : public RunContext {
 public:
  explicit Stopping(int asks) : m_left(asks) {}
  bool cancelled() const override { return --m_left < 0; }

 private:
  mutable int m_left;
};

TEST(PatchLoader, HearsTheWishToStopWhileItMeasuresASceneAndBetweenScenes) {
  std::int64_t read = 0;
  const MemoryRasterSource source(memory_raster_info(16, 5000, 1, 0.1),
                                  [&](int, std::int64_t, std::int64_t row) {
                                    read = std::max(read, row);
                                    return 1.0F;
                                  });
  EXPECT_THROW(measure_bands(source, 1, Stopping(2)), Error);
  EXPECT_GT(read, 1000);
  EXPECT_LT(read, 2100) << "two parts of five";
  const Loaded made;
  EXPECT_THROW(measure_bands(made.scenes, 1, Stopping(0)), Error);
}

TEST(PatchLoader, MixesPartsOfAPartnerIn) {
  const Loaded made;
  const PatchLoader loader = made.loader(
      AugmentationPipeline::from_json({{"transforms", {{{"name", "cut-mix"}, {"p", 1}}}}}, "test"));
  ASSERT_TRUE(loader.mixes());
  PatchRequest left = across_both_halves();
  left.window.col = 0;
  PatchRequest right = across_both_halves();
  right.window.col = 180;
  const TrainingPatch patch = loader.load(left, right);
  const double mixed_in = patch.labels.eq(1).to(torch::kFloat).mean().item<double>();
  EXPECT_GT(mixed_in, 0.05);
  EXPECT_LT(mixed_in, 0.5);
}

TEST(BatchQueue, RefusesScenesWithoutLabelsToLearnFrom) {
  Loaded made;
  const PatchLoader loader = made.loader({});
  const PatchSampler sampler(made.scenes, made.sampling);
  made.scenes[0].withheld = {{0, 0, 256, 256}};
  BatchQueue queue(sampler, loader, 2, 4, 3);
  EXPECT_THROW(queue.next(), Error);
}

TEST(BatchQueue, DrawsBoundariesAlikeOnAnyNumberOfThreads) {
  const Loaded made;
  const PatchLoader loader = made.loader(AugmentationPipeline::nadir_default());
  SamplingOptions sampling = made.sampling;
  sampling.boundary_share = 0.5;
  const PatchSampler sampler(made.scenes, sampling);
  BatchQueue one(sampler, loader, 3, 6, 1);
  BatchQueue many(sampler, loader, 3, 6, 4);
  for (int i = 0; i < 6; ++i) {
    const TrainingBatch a = one.next();
    const TrainingBatch b = many.next();
    EXPECT_TRUE(a.images.equal(b.images)) << i;
    EXPECT_TRUE(a.labels.equal(b.labels)) << i;
    EXPECT_EQ(a.names, b.names);
  }
}

}  // namespace
}  // namespace orthocover
