#include "core/operations/batch/scene_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/operations/batch/output_extensions.h"
#include "tests/core/operations/expect_error.h"
#include "tests/core/operations/test_folder.h"

namespace orthocover::operations {
namespace {

using test::expect_error;
using test::TestFolder;
using testing::ElementsAre;
using Names = std::vector<std::optional<std::string>>;

std::vector<OutputKind> kinds(const std::string& output, const std::optional<std::string>& vector = {},
                              const std::optional<std::string>& confidence = {}) {
  return {{"OUTPUT", output, "", {".tif", ".tiff"}},
          {"--vector", vector, "", {".gpkg", ".shp", ".geojson"}},
          {"--confidence", confidence, ".confidence", {".tif", ".tiff"}}};
}

std::vector<Names> outputs(const std::vector<std::string>& inputs, const std::vector<OutputKind>& kinds) {
  std::vector<Names> all;
  for (const SceneFiles& scene : pair_files(inputs, kinds)) all.push_back(scene.outputs);
  return all;
}

TEST(SceneFiles, OneInputGoesIntoTheFilesThatAreNamed) {
  EXPECT_THAT(outputs({"x/a.tif"}, kinds("map.tif", "roofs.shp", "sure.tif")),
              ElementsAre(Names{"map.tif", "roofs.shp", "sure.tif"}));
  EXPECT_THAT(outputs({"x/a.tif"}, kinds("map.tif")),
              ElementsAre(Names{"map.tif", std::nullopt, std::nullopt}));
}

TEST(SceneFiles, ASlashOrAnExistingFolderMakesFolders) {
  const TestFolder folder;
  EXPECT_THAT(outputs({"x/a.tif"}, kinds("maps/", "vectors/", "sure/")),
              ElementsAre(Names{"maps/a.tif", "vectors/a.gpkg", "sure/a.confidence.tif"}));
  EXPECT_THAT(outputs({"x/a.tif"}, kinds(folder.path().string())),
              ElementsAre(Names{folder / "a.tif", std::nullopt, std::nullopt}));
  EXPECT_THAT(outputs({"x/a.tif"}, kinds("maps/", "roofs.shp")),
              ElementsAre(Names{"maps/a.tif", "roofs.shp", std::nullopt}));
}

TEST(SceneFiles, SeveralInputsNeedNoSlash) {
  EXPECT_THAT(outputs({"x/a.tif", "y/b.jpg"}, kinds("maps", "vectors")),
              ElementsAre(Names{"maps/a.tif", "vectors/a.gpkg", std::nullopt},
                          Names{"maps/b.tif", "vectors/b.gpkg", std::nullopt}));
}

TEST(SceneFiles, FormatWordsPutFilesBesideTheMap) {
  EXPECT_THAT(outputs({"x/a.tif", "b.tif"}, kinds("maps/", "shp", "tif")),
              ElementsAre(Names{"maps/a.tif", "maps/a.shp", "maps/a.confidence.tif"},
                          Names{"maps/b.tif", "maps/b.shp", "maps/b.confidence.tif"}));
  EXPECT_THAT(outputs({"x/a.tif"}, kinds("out/map.tif", ".GeoJSON")),
              ElementsAre(Names{"out/map.tif", "out/map.geojson", std::nullopt}));
  EXPECT_THAT(outputs({"x/a.tif"}, kinds("shp")), ElementsAre(Names{"shp", std::nullopt, std::nullopt}))
      << "the map itself is no word";
}

TEST(SceneFiles, AFolderThatIsCalledLikeAFormatIsAFolder) {
  EXPECT_THAT(outputs({"a.tif", "b.tif"}, kinds("maps/", "shp/")),
              ElementsAre(Names{"maps/a.tif", "shp/a.gpkg", std::nullopt},
                          Names{"maps/b.tif", "shp/b.gpkg", std::nullopt}));
}

TEST(SceneFiles, ScenesOfOneNameAreCalledByTheFoldersInWhichTheyDiffer) {
  EXPECT_THAT(
      outputs({"p/x/odm/a.tif", "p/y/odm/a.tif", "p/x/odm/b.tif", "p/odm/a.tif"}, kinds("m/", "shp")),
      ElementsAre(Names{"m/x-a.tif", "m/x-a.shp", std::nullopt},
                  Names{"m/y-a.tif", "m/y-a.shp", std::nullopt}, Names{"m/b.tif", "m/b.shp", std::nullopt},
                  Names{"m/a.tif", "m/a.shp", std::nullopt}));
}

TEST(SceneFiles, PartsOfOneFileAreCalledByTheFileAndThePart) {
  const auto name = [](const std::string& input) { return *outputs({input}, kinds("maps/"))[0][0]; };
  EXPECT_EQ(name("GPKG:x/maps.gpkg:north"), "maps/maps-north.tif");
  EXPECT_EQ(name("GTIFF_DIR:2:/x/maps.tif"), "maps/maps-2.tif");
  EXPECT_EQ(name("NETCDF:\"x/a.nc\":cover"), "maps/a-cover.tif");
  EXPECT_EQ(name("HDF5:\"a.h5\"://group/cover"), "maps/a-group-cover.tif");
  EXPECT_EQ(name("HDF4_EOS:EOS_GRID:\"x/a.hdf\":grid:\"LC Type\""), "maps/a-grid-LC Type.tif");
  EXPECT_EQ(name("http://a.b:80/c.tif"), "maps/c.tif");
  EXPECT_EQ(name("/vsicurl/https://a.b/c.tif?key=x/y.z&sig=u.v"), "maps/c.tif");
  EXPECT_EQ(outputs({"http://a.b/get?id=1", "http://a.b/get?id=2"}, kinds("maps"))[1][0], "maps/get-2.tif");
  EXPECT_THAT(outputs({"GPKG:a.gpkg:n", "GPKG:a.gpkg:s"}, kinds("maps")),
              ElementsAre(Names{"maps/a-n.tif", std::nullopt, std::nullopt},
                          Names{"maps/a-s.tif", std::nullopt, std::nullopt}));
}

TEST(SceneFiles, RefusesASceneThatIsGivenTwice) {
  expect_error(ErrorKind::Usage, "x/a.tif: is given twice; name every scene once", [] {
    pair_files({"x/a.tif", "b.tif", "x/a.tif"}, kinds("maps/"));
  });
  expect_error(ErrorKind::Usage, "x/../a.tif: is the same scene as a.tif; name every scene once", [] {
    pair_files({"a.tif", "x/../a.tif"}, kinds("maps/"));
  });
  const TestFolder folder;
  std::filesystem::create_symlink(folder.write("a.tif", "a"), folder / "link.tif");
  EXPECT_THROW(pair_files({folder / "a.tif", folder / "link.tif"}, kinds("maps/")), Error);
}

TEST(SceneFiles, RefusesScenesOfOneNameAndNamesBoth) {
  expect_error(ErrorKind::Usage,
               "maps/a.tif: would be written for x/a.tif and for x/a.jpg; map them into different folders",
               [] {
                 pair_files({"x/a.tif", "x/a.jpg"}, kinds("maps/"));
               });
  expect_error(ErrorKind::Usage,
               "maps/a.confidence.tif: would be written for a.tif and for a.confidence.jpg; map them into "
               "different folders",
               [] {
                 pair_files({"a.tif", "a.confidence.jpg"}, kinds("maps/", {}, "maps/"));
               });
  expect_error(ErrorKind::Usage, "./map.tif: would be written twice; give the outputs different names",
               [] { pair_files({"a.tif"}, kinds("map.tif", {}, "./map.tif")); });
}

TEST(SceneFiles, RefusesToWriteOverAnotherScene) {
  expect_error(ErrorKind::Usage,
               "y/a.confidence.tif: the output of x/a.jpg is an input; choose another folder", [] {
                 pair_files({"x/a.jpg", "y/b.tif", "y/a.confidence.tif"}, kinds("maps/", {}, "y/"));
               });
}

TEST(SceneFiles, RefusesFilesWhereSeveralScenesNeedAFolder) {
  expect_error(ErrorKind::Usage,
               "OUTPUT: map.tif looks like a file; the files of several scenes go into a folder: give its "
               "name, with a slash at the end",
               [] {
                 pair_files({"a.tif", "b.tif"}, kinds("map.tif"));
               });
  expect_error(ErrorKind::Usage,
               "--vector: x/roofs.shp looks like a file; the files of several scenes go into a folder: give "
               "its name, with a slash at the end, or a format (gpkg, shp, geojson)",
               [] {
                 pair_files({"a.tif", "b.tif"}, kinds("maps", "x/roofs.shp"));
               });
  expect_error(
      ErrorKind::Usage,
      "--vector: 'jpg' is no format; it takes gpkg, shp, geojson, or a folder, with a slash at the end", [] {
        pair_files({"a.tif", "b.tif"}, kinds("maps", "jpg"));
      });
  const TestFolder folder;
  const std::string file = folder.write("maps", "text");
  expect_error(ErrorKind::Usage,
               "OUTPUT: " + file + " is a file; the files of several scenes go into a folder: give its name",
               [&] {
                 pair_files({"a.tif", "b.tif"}, kinds(file));
               });
}

TEST(SceneFiles, KnowsLayersOfAFeatureALineByTheirExtensions) {
  for (const std::string word : {"geojsonl", "geojsons", "ndjson"})
    EXPECT_EQ(extension_named(word, vector_extensions()), "." + word);
}

TEST(SceneFiles, NamesTheFoldersThatMayBeMade) {
  EXPECT_THAT(folders_to_make(kinds("maps", "shp", "sure"), true), ElementsAre("maps", "sure"));
  EXPECT_THAT(folders_to_make(kinds("maps/", "roofs.shp", "sure/"), false), ElementsAre("maps/", "sure/"));
  EXPECT_THAT(folders_to_make(kinds("map.tif"), false), ElementsAre());
}

}  // namespace
}  // namespace orthocover::operations
