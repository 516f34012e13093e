#include "core/operations/training/training_set.h"

#include <fmt/ranges.h>
#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/base/error.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal_geo_io.h"
#include "georef/style/map_style.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using operations::open_training_set;
using operations::TrainingSet;
using test::box_wkt;
using test::Folder;
using test::Made;
using test::make_layer;
using test::make_raster;
using test::refusal;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kBox = box_wkt(500001, 4999998.5, 500002, 4999999.5);

class Listener final : public RunContext {
 public:
  void log(LogLevel level, std::string_view message) override {
    if (level == LogLevel::Warning) warnings.emplace_back(message);
  }
  std::vector<std::string> warnings;
};

class TrainingSetTest : public testing::Test {
 protected:
  TrainingSet open(const std::string& json, bool need_ground_size = false) {
    return open_training_set(parse_training_config(json, m_folder.path(), "train.json"), need_ground_size,
                             *m_io, m_run);
  }

  void make_labels(const std::string& name, const std::vector<std::string>& fields,
                   const std::vector<std::vector<std::string>>& rows) {
    std::vector<test::MadeFeature> features;
    double x = 500000;
    for (const auto& row : rows) features.push_back({box_wkt(x, 4999998, x + 0.9, 4999999), row}), x += 1;
    make_layer(m_folder / name, "plots", "EPSG:32633", fields, features);
  }

  Folder m_folder;
  std::unique_ptr<GeoIo> m_io = make_gdal_geo_io();
  Listener m_run;
};

std::string names_of(const Legend& legend) {
  std::string text;
  for (const LegendClass& entry : legend.classes()) text += fmt::format("{} {};", entry.value, entry.name);
  return text;
}

TEST_F(TrainingSetTest, ReadsBandsInOneOrderWhereScenesNameThem) {
  Made bgr;
  bgr.value = [](int band, int, int) { return 10 * (band + 1); };
  make_labels("a.gpkg", {"class"}, {{"roof"}, {"grass"}});
  for (const bool by_color : {true, false}) {
    make_raster(m_folder / "a.tif", bgr);
    const DatasetPtr file(GDALDataset::Open((m_folder / "a.tif").c_str(), GDAL_OF_UPDATE));
    for (const auto& [band, color] : {std::pair{1, GCI_BlueBand}, {2, GCI_GreenBand}, {3, GCI_RedBand}}) {
      if (by_color)
        file->GetRasterBand(band)->SetColorInterpretation(color);
      else
        file->GetRasterBand(band)->SetDescription(GDALGetColorInterpretationName(color));
    }
    file->FlushCache();
    const TrainingSet set = open(R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg"}]})");
    PixelBlock pixels;
    set.scenes.at(0).source->read({0, 0, 1, 1}, -1, pixels);
    EXPECT_EQ(pixels.values[0], 30) << "by colours: " << by_color;
  }
}

TEST_F(TrainingSetTest, RefusesAValueThatOneFileLeadsElsewhere) {
  make_raster(m_folder / "a.tif");
  for (const auto& [name, second] : {std::pair("a.gpkg", "sealed"), {"b.gpkg", "grass"}}) {
    make_layer(m_folder / name, "plots", "EPSG:32633", {"class:int"}, {{kBox, {"1"}}, {kBox, {"2"}}});
    test::add_style(m_folder / name, "plots",
                    vector_style_qml(std::vector<ClassEntry>{{1, "sealed", {}}, {2, second, {}}}));
  }
  EXPECT_THAT(refusal([&] {
                open(R"({"sources": [{"scenes": ["a.tif", "a.tif"], "labels": ["a.gpkg", "b.gpkg"]}]})");
              }),
              HasSubstr("b.gpkg: calls the value 2 'grass', others 'sealed'"));
}

TEST_F(TrainingSetTest, OfASceneAndAGeoPackageNeedsNothingElse) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class"}, {{"roof"}, {"grass"}});
  const TrainingSet set = open(R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg"}]})", true);
  EXPECT_EQ(names_of(set.legend), "1 grass;2 roof;");
  ASSERT_THAT(set.scenes, SizeIs(1));
  EXPECT_EQ(set.scenes[0].name, "a");
  EXPECT_EQ(set.scenes[0].place, "a");
  EXPECT_EQ(set.scenes[0].weight, 1);
  EXPECT_NEAR(set.scenes[0].ground_size_m, 0.1, 1e-3);
  EXPECT_THAT(set.scenes[0].labels->pieces(), SizeIs(2));
  EXPECT_THAT(m_run.warnings, IsEmpty());
}

TEST_F(TrainingSetTest, JoinsTheClassesOfSeveralFilesByNameAndKeepsValues) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class:int", "name"}, {{"2", "roof"}, {"7", "grass"}});
  make_labels("b.gpkg", {"class"}, {{"Grass"}, {"water"}});
  make_labels("c.gpkg", {"class:int", "name"}, {{"0", "water"}, {"2", "roof"}});
  const TrainingSet set = open(R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg"},
      {"scenes": "a.tif", "labels": "b.gpkg"}, {"scenes": "a.tif", "labels": "c.gpkg"}]})");
  EXPECT_EQ(names_of(set.legend), "1 water;2 roof;7 grass;");
  const auto classes = [&](std::size_t scene) {
    std::vector<int> found;
    for (const LabelledPiece& piece : set.scenes[scene].labels->pieces()) found.push_back(piece.class_index);
    return found;
  };
  EXPECT_THAT(classes(0), ElementsAre(1, 2));
  EXPECT_THAT(classes(1), ElementsAre(2, 0));
  EXPECT_THAT(classes(2), ElementsAre(0, 1));
}

TEST_F(TrainingSetTest, RefusesFilesThatNameAValueDifferently) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class:int", "name"}, {{"2", "roof"}, {"7", "grass"}});
  make_labels("b.gpkg", {"class:int", "name"}, {{"2", "water"}, {"7", "grass"}});
  EXPECT_THAT(refusal([&] {
                open(R"({"sources": [{"scenes": ["a.tif", "a.tif"], "labels": ["a.gpkg", "b.gpkg"]}]})");
              }),
              HasSubstr("a.gpkg calls the value 2 'roof'"));
}

TEST_F(TrainingSetTest, MapsOneSourceToGroupsAndIgnore) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class"}, {{"building"}, {"low"}, {"woody"}});
  make_labels("b.gpkg", {"class"}, {{"vegetation"}, {"cloud"}});
  const TrainingSet set =
      open(R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg", "place": "here", "weight": 2},
      {"scenes": "a.tif", "labels": "b.gpkg", "map": {"vegetation": ["low", "woody"], "cloud": null}}]})");
  EXPECT_EQ(names_of(set.legend), "1 building;2 low;3 woody;");
  EXPECT_EQ(set.groups.sets(), (std::vector<std::vector<int>>{{1, 2}}));
  EXPECT_EQ(set.groups.labels(), 4);
  EXPECT_EQ(set.scenes[0].place, "here");
  EXPECT_EQ(set.scenes[0].weight, 2);
  ASSERT_THAT(set.scenes[1].labels->pieces(), SizeIs(1));
  EXPECT_EQ(set.scenes[1].labels->pieces()[0].class_index, 3);
}

TEST_F(TrainingSetTest, WarnsOfAMapThatBeginsAtNoLabel) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class"}, {{"building"}, {"woody"}, {"low"}});
  open(
      R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg", "map": {"wody": "building", "Low": "building"}}]})");
  EXPECT_THAT(m_run.warnings, ElementsAre("labels: 'map' begins at 'wody', which no label has (did you mean "
                                          "'woody'?); they have building, low, woody"));
}

TEST_F(TrainingSetTest, TellsOfFractionsAmongValuesWhereTheyMakeTheLegend) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class:real"}, {{"1"}, {"2"}, {"2.5"}});
  const std::string source = R"({"scenes": "a.tif", "labels": "a.gpkg")";
  EXPECT_THAT(refusal([&] { open("{\"sources\": [" + source + "}]}"); }),
              HasSubstr("a.gpkg: field 'class' holds fractional numbers (2.5)"));
  open(R"({"legend": [{"value": 1, "name": "one"}, {"value": 2, "name": "two"}], "sources": [)" + source +
       R"(, "unknown": "ignore", "map": {"3": "one"}}]})");
  EXPECT_THAT(m_run.warnings, Contains(HasSubstr("'map' begins at '3', which no label has")));
}

/// Images of 64 x 48 px without any place, and colour masks.
class FolderSetTest : public TrainingSetTest {
 protected:
  FolderSetTest() {
    std::filesystem::create_directories(m_folder / "images");
    std::filesystem::create_directories(m_folder / "masks");
    Made image;
    image.geotransform.reset();
    image.crs = "";
    Made mask = image;
    mask.value = [](int band, int col, int) -> double {
      constexpr int kColors[3][3] = {{0, 200, 0}, {200, 0, 0}, {155, 155, 155}};
      return kColors[col % 3][band];
    };
    for (const char* name : {"a", "b", "c"})
      make_raster(m_folder / (std::string("images/") + name + ".tif"), image);
    for (const char* name : {"a", "b", "d"})
      make_raster(m_folder / (std::string("masks/") + name + "_mask.tif"), mask);
  }
  const std::string m_legend =
      R"("legend": [{"value": 1, "name": "grass", "color": "#00c800"}, {"value": 3, "name": "roof", "color": "#c80000"}])";
};

TEST_F(FolderSetTest, OfImagesAndColourMasksIsReadPairByPair) {
  const TrainingSet set = open("{" + m_legend + R"(, "sources": [{"images": "images", "masks": "masks",
      "map": {"#9b9b9b": null}, "ground_size_m": 0.5}]})",
                               true);
  ASSERT_THAT(set.scenes, SizeIs(2));
  EXPECT_EQ(set.scenes[1].name, "b");
  EXPECT_EQ(set.scenes[1].place, "images");
  EXPECT_EQ(set.scenes[1].ground_size_m, 0.5);
  EXPECT_TRUE(set.scenes[1].has_ground_size);
  std::vector<std::uint8_t> labels;
  set.scenes[1].labels->read({0, 0, 3, 1}, 3, 1, labels);
  EXPECT_EQ(labels, (std::vector<std::uint8_t>{0, 1, kIgnoreLabel}));
  EXPECT_THAT(m_run.warnings, ElementsAre(HasSubstr("1 images have no mask and are left out"),
                                          HasSubstr("1 masks have no image and are left out")));
}

TEST_F(FolderSetTest, CountsUnknownColoursAndIgnoresThemOnlyWhenAsked) {
  const std::string start = "{" + m_legend + R"(, "sources": [{"images": "images", "masks": "masks")";
  EXPECT_THAT(refusal([&] { open(start + "}]}"); }), HasSubstr("a_mask.tif: has colours #9b9b9b (1008 px)"));
  const TrainingSet set = open(start + R"(, "unknown": "ignore"}]})");
  EXPECT_FALSE(set.scenes[0].has_ground_size);
  EXPECT_EQ(set.scenes[0].ground_size_m, 1);
}

TEST_F(FolderSetTest, NeedsALegendAndAGroundSizeIfOneIsWanted) {
  EXPECT_THAT(refusal([&] { open(R"({"sources": [{"images": "images", "masks": "masks"}]})"); }),
              HasSubstr("masks do not tell the names of their classes; give a legend"));
  EXPECT_THAT(refusal([&] {
                open("{" + m_legend + R"(, "sources": [{"images": "images", "masks": "masks",
      "unknown": "ignore"}]})",
                     true);
              }),
              HasSubstr("its ground size is unknown, --ground-size can't be met"));
}

TEST_F(TrainingSetTest, RefusesBackgroundsOutsideTheLegendAndMapsToNothing) {
  make_raster(m_folder / "a.tif");
  make_labels("a.gpkg", {"class"}, {{"roof"}, {"grass"}});
  const std::string start = R"({"legend": [{"value": 1, "name": "grass", "color": "#00c800"},
      {"value": 3, "name": "roof", "color": "#c80000"}], "sources": [{"scenes": "a.tif", "labels": "a.gpkg", )";
  EXPECT_THAT(
      refusal([&] { open(start + R"("background": "gras"}]})"); }),
      HasSubstr(
          "labels: background 'gras' is not in the legend (did you mean 'grass'?); it has grass, roof"));
  EXPECT_THAT(refusal([&] { open(start + R"("map": {"grass": null, "roof": null}}]})"); }),
              HasSubstr("'map' turns every class into ignore"));
}

TEST_F(TrainingSetTest, RefusesScenesOfDifferentInput) {
  make_raster(m_folder / "a.tif");
  Made grey;
  grey.bands = 1;
  make_raster(m_folder / "b.tif", grey);
  make_labels("a.gpkg", {"class"}, {{"roof"}, {"grass"}});
  EXPECT_THAT(refusal([&] { open(R"({"sources": [{"scenes": ["a.tif", "b.tif"], "labels": "a.gpkg"}]})"); }),
              HasSubstr("a model has one kind of input"));
}

/// Real labels, for those who have them: `labels/*_labels.gpkg` with `data/...` beside.
TEST(RealTrainingSet, OfSevenScenesIsSplitIntoBlocksWithEveryClassOnBothSides) {
  const char* root = std::getenv("ORTHOCOVER_LABELLED_DATA");
  if (root == nullptr) GTEST_SKIP() << "ORTHOCOVER_LABELLED_DATA is not set";
  std::string sources;
  for (const auto& [scene, labels, place] : std::vector<std::array<const char*, 3>>{
           {"oam_fair/zanzibar_a_rgb_mask.tif", "zanzibar_a", "zanzibar"},
           {"oam_fair/zanzibar_b_cog_mask.tif", "zanzibar_b", "zanzibar"},
           {"oam_fair/kampala_a_rgba.tif", "kampala_a", "kampala"},
           {"oam_fair/kampala_b_rgba.tif", "kampala_b", "kampala"},
           {"oam_fair/banepa_a_rgba.tif", "banepa_a", "banepa"},
           {"oam_fair/banepa_b_rgba.tif", "banepa_b", "banepa"},
           {"brighton_beach/derived_mosaic_18_frames_mask.tif", "brighton", "brighton"}}) {
    sources += fmt::format(R"({}{{"scenes": "data/{}", "labels": "labels/{}_labels.gpkg", "place": "{}"}})",
                           sources.empty() ? "" : ",", scene, labels, place);
  }
  const auto io = make_gdal_geo_io();
  Listener run;
  const auto config = parse_training_config("{\"sources\": [" + sources + "]}", root, "seven");
  TrainingSet set = open_training_set(config, true, *io, run);
  EXPECT_THAT(run.warnings, IsEmpty());
  EXPECT_EQ(names_of(set.legend), "1 building;2 paved;3 bare_ground;4 low_vegetation;5 woody;6 water;");
  SplitOptions split;
  split.by = SplitBy::Blocks;
  split.block_m = 20;
  split.gap_m = 3;
  apply_split(split, set.scenes);
  std::map<int, std::array<double, 2>> areas;
  for (const TrainingScene& scene : set.scenes) {
    const BoxIndex unseen(unseen_windows(scene));
    for (const LabelledPiece& piece : scene.labels->pieces())
      areas[piece.class_index][parts_beside(unseen, piece).empty() ? 1 : 0] +=
          piece.area_px * scene.ground_size_m * scene.ground_size_m;
  }
  ASSERT_THAT(areas, SizeIs(6));
  for (const auto& [index, area] : areas) {
    RecordProperty(set.legend.classes()[static_cast<std::size_t>(index)].name,
                   fmt::format("{:.0f} m2 trained, {:.0f} m2 held out", area[0], area[1]));
    EXPECT_GT(area[0], 0);
    EXPECT_GT(area[1], 0);
  }
  FoldPlan::by_place(set.scenes);
}

TEST(RealTrainingSet, OfTilesWithColourMasksIsMappedToAnotherLegend) {
  const char* root = std::getenv("ORTHOCOVER_LABELLED_DATA");
  if (root == nullptr) GTEST_SKIP() << "ORTHOCOVER_LABELLED_DATA is not set";
  const auto io = make_gdal_geo_io();
  Listener run;
  for (const char* masks : {"masks_rgb", "masks_id"}) {
    const auto config = parse_training_config(
        fmt::format(R"({{"legend": "labels/legend.json", "sources": [{{"images": "data/dubai_hitl/images",
        "masks": "data/dubai_hitl/{}", "classes": [
        {{"value": 1, "name": "Building", "color": "#3c1098"}}, {{"value": 2, "name": "Land", "color": "#8429f6"}},
        {{"value": 3, "name": "Road", "color": "#6ec1e4"}}, {{"value": 4, "name": "Vegetation", "color": "#fedd3a"}},
        {{"value": 5, "name": "Water", "color": "#e2a929"}}],
        "map": {{"Land": "bare_ground", "Road": "paved", "Vegetation": ["low_vegetation", "woody"],
        "#9b9b9b": null, "#000000": null}}, "ground_size_m": 0.8, "place": "dubai"}}]}})",
                    masks),
        root, "dubai");
    const TrainingSet set = open_training_set(config, true, *io, run);
    EXPECT_THAT(set.scenes, SizeIs(54));
    std::array<double, 7> area{};
    for (const TrainingScene& scene : set.scenes) {
      for (const LabelledPiece& piece : scene.labels->pieces())
        area[static_cast<std::size_t>(piece.class_index)] += piece.area_px;
    }
    RecordProperty(masks, fmt::format("{}", fmt::join(area, " ")));
    EXPECT_EQ(area[3], 0) << "low vegetation alone is not known";
    EXPECT_EQ(area[6], 5849898) << "the group of both is";
    EXPECT_EQ(area[0], 7044215) << "some of the masks have palettes";
  }
  EXPECT_THAT(run.warnings, IsEmpty());
}

}  // namespace
}  // namespace orthocover
