#include "georef/vector/geopackage.h"

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal_geo_io.h"
#include "georef/style/qgis_style.h"
#include "georef/vector/feature_sink.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using test::Folder;
using test::map_info;
using test::refusal;
using test::square;
using test::write_layer;

DatasetPtr open_for_update(const std::string& path) {
  make_gdal_geo_io();
  return DatasetPtr(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_UPDATE));
}

VectorSpec spec_of(const std::string& path, const std::string& layer = "cover") {
  VectorSpec spec;
  spec.path = path;
  spec.layer = layer;
  spec.classes = {{1, "grass", Color{0, 200, 10}}};
  return spec;
}

VectorSpec appending(const std::string& path, const std::string& layer = "cover") {
  VectorSpec spec = spec_of(path, layer);
  spec.append = true;
  return spec;
}

/// Squares in rows, as many as there are to be.
std::vector<RasterPolygon> squares(int count) {
  std::vector<RasterPolygon> polygons;
  for (int i = 0; i < count; ++i)
    polygons.push_back(square(1 + i % 5, (i % 80) * 12, (i / 80) * 12, 1 + i % 11));
  return polygons;
}

TEST(GeoPackage, KeepsDatumAndUnitOfUtmInFeet) {
  const Folder folder;
  OGRSpatialReference utm;
  ASSERT_EQ(utm.importFromEPSG(6344), OGRERR_NONE);
  utm.SetProjCS("of a client");  // has no code
  utm.SetLinearUnitsAndUpdateParameters("US survey foot", 0.304800609601219);
  write_layer(spec_of(folder / "v.gpkg"), map_info(wkt_of(&utm)), squares(1));
  const DatasetPtr file = open_for_update(folder / "v.gpkg");
  const OGRSpatialReference& found = *file->GetLayer(0)->GetSpatialRef();
  EXPECT_NEAR(found.GetLinearUnits(), 0.3048006, 1e-7);
  EXPECT_NE(std::string(found.GetAttrValue("DATUM")).find("2011"), std::string::npos);
}

TEST(GeoPackage, HasASoundSpatialIndexOfEverySize) {
  for (const int count : {0, 1, 51, 52, 2601, 2602, 6000}) {
    const Folder folder;
    write_layer(spec_of(folder / "v.gpkg", "it's \"cover\""), map_info("EPSG:32633"), squares(count));
    const DatasetPtr file = open_for_update(folder / "v.gpkg");
    OGRLayer& layer = *file->GetLayerByName("it's \"cover\"");
    EXPECT_TRUE(layer.TestCapability(OLCFastSpatialFilter)) << count;
    EXPECT_EQ(layer.GetFeatureCount(), count);
    const std::string table = sql_text("rtree_it's \"cover\"_geom");
    EXPECT_EQ(run_sql(*file, "SELECT rtreecheck(" + table + ")")[0][0], "ok") << count;
    EXPECT_EQ(run_sql(*file, "PRAGMA integrity_check")[0][0], "ok");
    EXPECT_EQ(run_sql(*file,
                      "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'")[0][0],
              "1");
    if (count < 100) continue;
    // The box of square 85 (column 60, row 12) meets nothing else.
    layer.SetSpatialFilterRect(500000 + 30.1, 5000000 - 6.9, 500000 + 30.4, 5000000 - 6.1);
    EXPECT_EQ(layer.GetFeatureCount(), 1) << count;
    const OGRFeatureUniquePtr found(layer.GetNextFeature());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->GetFID(), 86);
  }
}

TEST(GeoPackage, KeepsItsIndexTrueWhenFeaturesChangeLater) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info("EPSG:32633"), squares(3000));
  const DatasetPtr file = open_for_update(folder / "v.gpkg");
  OGRLayer& layer = *file->GetLayer(0);
  ASSERT_EQ(file->StartTransaction(), OGRERR_NONE);
  for (int fid = 1; fid <= 2900; ++fid) ASSERT_EQ(layer.DeleteFeature(fid), OGRERR_NONE);
  const OGRFeatureUniquePtr moved(layer.GetFeature(3000));
  ASSERT_TRUE(moved);
  OGRPolygon polygon;
  OGRLinearRing ring;
  for (const auto& [x, y] : {std::pair{0, 0}, {1, 0}, {1, 1}, {0, 0}}) ring.addPoint(x, y);
  polygon.addRing(&ring);
  moved->SetGeometry(&polygon);
  ASSERT_EQ(layer.SetFeature(moved.get()), OGRERR_NONE);
  moved->SetFID(OGRNullFID);
  ASSERT_EQ(layer.CreateFeature(moved.get()), OGRERR_NONE);
  ASSERT_EQ(file->CommitTransaction(), OGRERR_NONE);
  EXPECT_EQ(run_sql(*file, "SELECT rtreecheck('rtree_cover_geom')")[0][0], "ok");
  EXPECT_EQ(run_sql(*file, "SELECT count(*) FROM rtree_cover_geom")[0][0], "101");
  layer.SetSpatialFilterRect(0, 0, 2, 2);
  EXPECT_EQ(layer.GetFeatureCount(), 2);
}

TEST(GeoPackage, HasNoIndexWhereNoneIsWanted) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.creation_options = {{"SPATIAL_INDEX", "NO"}};
  write_layer(spec, map_info("EPSG:32633"), squares(10));
  const DatasetPtr file = open_for_update(spec.path);
  EXPECT_FALSE(file->GetLayer(0)->TestCapability(OLCFastSpatialFilter));
}

TEST(GeoPackage, IsStyledByClassForQgis) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.classes = {{1, "grass <1>", Color{0, 200, 10}}, {70000, "", std::nullopt}};
  write_layer(spec, map_info("EPSG:32633"), {square(1, 0, 0, 2), square(-5, 4, 4, 2)});
  const DatasetPtr file = open_for_update(spec.path);
  const auto style = read_categorized_style(*file, "cover", spec.path);
  ASSERT_TRUE(style);
  EXPECT_EQ(style->field, "class");
  ASSERT_EQ(style->categories.size(), 3U);
  EXPECT_EQ(style->categories[0].value, "-5");  // met, though no class says so
  EXPECT_TRUE(style->categories[0].color);
  EXPECT_EQ(style->categories[1].value, "1");
  EXPECT_EQ(style->categories[1].label, "grass <1>");
  EXPECT_EQ(style->categories[1].color, (Color{0, 200, 10}));
  EXPECT_EQ(style->categories[2].label, "70000");
}

TEST(GeoPackage, AddsNewClassesToTheStyleOfALayer) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.classes = {{1, "grass", Color{0, 200, 10}}};
  write_layer(spec, map_info("EPSG:32633"), {square(1, 0, 0, 2)});
  spec.append = true;
  spec.classes = {{1, "lawn", Color{9, 9, 9}}, {2, "roof & wall", Color{200, 0, 0}}};
  for (int run = 0; run < 2; ++run) write_layer(spec, map_info("EPSG:32633"), {square(2, 0, 0, 2)});
  const DatasetPtr file = open_for_update(spec.path);
  const auto style = read_categorized_style(*file, "cover", spec.path);
  ASSERT_TRUE(style);
  ASSERT_EQ(style->categories.size(), 2U);
  EXPECT_EQ(style->categories[0].label, "grass");
  EXPECT_EQ(style->categories[0].color, (Color{0, 200, 10}));
  EXPECT_EQ(style->categories[1].value, "2");
  EXPECT_EQ(style->categories[1].label, "roof & wall");
  EXPECT_EQ(style->categories[1].color, (Color{200, 0, 0}));
}

TEST(GeoPackage, TakesMoreFeaturesIntoALayer) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info("EPSG:32633"), squares(100));
  write_layer(appending(folder / "v.gpkg"), map_info("EPSG:32633"), squares(50));
  EXPECT_EQ(folder.names(), std::vector<std::string>{"v.gpkg"});
  const DatasetPtr file = open_for_update(folder / "v.gpkg");
  OGRLayer& layer = *file->GetLayerByName("cover");
  EXPECT_EQ(layer.GetFeatureCount(), 150);
  EXPECT_EQ(run_sql(*file, "SELECT count(*) FROM cover")[0][0], "150");
  EXPECT_EQ(run_sql(*file, "SELECT rtreecheck('rtree_cover_geom')")[0][0], "ok");
  EXPECT_EQ(run_sql(*file, "SELECT count(*) FROM rtree_cover_geom")[0][0], "150");
  EXPECT_EQ(run_sql(*file, "SELECT count(*) FROM layer_styles")[0][0], "1");
}

TEST(GeoPackage, TakesAnotherLayerAndKeepsTheFirst) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info("EPSG:32633"), squares(100));
  write_layer(appending(folder / "v.gpkg", "more"), map_info("EPSG:3857"), squares(60));
  const DatasetPtr file = open_for_update(folder / "v.gpkg");
  EXPECT_EQ(file->GetLayerByName("cover")->GetFeatureCount(), 100);
  EXPECT_EQ(file->GetLayerByName("more")->GetFeatureCount(), 60);
  EXPECT_EQ(run_sql(*file, "SELECT rtreecheck('rtree_more_geom')")[0][0], "ok");
  EXPECT_TRUE(read_categorized_style(*file, "cover", "v.gpkg"));
  EXPECT_TRUE(read_categorized_style(*file, "more", "v.gpkg"));
}

TEST(GeoPackage, LosesNoOtherLayerWhenOneIsReplaced) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info("EPSG:32633"), squares(100));
  write_layer(appending(folder / "v.gpkg", "more"), map_info("EPSG:3857"), squares(60));
  VectorSpec spec = spec_of(folder / "v.gpkg", "More");
  spec.overwrite = true;
  const std::string refused =
      refusal([&] { make_gdal_geo_io()->create_features(spec, map_info("EPSG:32633")); });
  EXPECT_NE(refused.find("would delete what else it holds: cover; "), std::string::npos) << refused;
  spec.append = true;
  spec.classes = {{1, "sea", Color{0, 0, 200}}};
  write_layer(spec, map_info("EPSG:32633"), squares(70));
  const DatasetPtr file = open_for_update(folder / "v.gpkg");
  EXPECT_EQ(file->GetLayerByName("cover")->GetFeatureCount(), 100);
  EXPECT_EQ(file->GetLayerByName("More")->GetFeatureCount(), 70);
  EXPECT_EQ(read_categorized_style(*file, "More", spec.path)->categories.at(0).label, "sea");
}

TEST(GeoPackage, IsMadeWhenThereIsNoneToAppendTo) {
  const Folder folder;
  write_layer(appending(folder / "v.gpkg"), map_info("EPSG:32633"), squares(5));
  EXPECT_EQ(open_for_update(folder / "v.gpkg")->GetLayerByName("cover")->GetFeatureCount(), 5);
}

TEST(GeoPackage, StaysAsItIsWhenAppendingIsNotCommitted) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info("EPSG:32633"), squares(10));
  const std::string before = read_small_file(folder / "v.gpkg", 1 << 22);
  {
    const auto sink =
        make_gdal_geo_io()->create_features(appending(folder / "v.gpkg"), map_info("EPSG:32633"));
    sink->write(squares(50));
    sink->finish();
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"v.gpkg"});
  EXPECT_EQ(read_small_file(folder / "v.gpkg", 1 << 22), before);
}

TEST(GeoPackage, RefusesToAppendWhatDoesNotFitTheLayer) {
  const Folder folder;
  const std::string path = folder / "v.gpkg";
  const auto refused = [&](const VectorSpec& spec, const std::string& crs) {
    return refusal([&] { make_gdal_geo_io()->create_features(spec, map_info(crs)); });
  };
  write_layer(spec_of(path), map_info("EPSG:32633"), squares(3));
  EXPECT_EQ(refused(appending(path), "EPSG:3857"),
            path +
                ": layer cover has WGS 84 / UTM zone 33N (EPSG:32633), the polygons to append have WGS 84 / "
                "Pseudo-Mercator (EPSG:3857); give --crs, or choose another layer name");
  EXPECT_NE(refused(appending(path), "").find("the polygons to append have none"), std::string::npos);
  VectorSpec multi = appending(path);
  multi.multi_part = true;
  EXPECT_EQ(
      refused(multi, "EPSG:32633"),
      path +
          ": layer cover holds single polygons, those to append have several parts; choose another layer "
          "name");
  VectorSpec confident = appending(path);
  confident.with_confidence = true;
  EXPECT_EQ(
      refused(confident, "EPSG:32633"),
      path +
          ": layer cover has no field 'confidence', so nothing can be appended to it (it has class, name, "
          "color, area_m2, perim_m, area_map, perim_map); choose another layer name");
  test::make_layer(path, "roads", "EPSG:32633", {"class"}, {{"LINESTRING (0 0, 1 1)", {"1"}}});
  EXPECT_NE(refused(appending(path, "roads"), "EPSG:32633").find("class"), std::string::npos);
}

TEST(GeoPackage, RefusesAnotherNameForAClassOfTheLayer) {
  const Folder folder;
  write_layer(spec_of(folder / "v.gpkg"), map_info("EPSG:32633"), squares(5));
  VectorSpec spec = appending(folder / "v.gpkg");
  spec.classes = {{1, "path", Color{0, 200, 10}}};
  EXPECT_EQ(refusal([&] { write_layer(spec, map_info("EPSG:32633"), squares(5)); }),
            spec.path + ": in layer cover class 1 is 'grass', in the map 'path'; choose another layer name");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"v.gpkg"});
  spec.classes.clear();
  write_layer(spec, map_info("EPSG:32633"), squares(5));
  EXPECT_EQ(open_vector_dataset(spec.path)->GetLayer(0)->GetFeatureCount(), 10)
      << "numbers alone are no names";
}

TEST(GeoPackage, RefusesToAppendToOtherFormats) {
  const Folder folder;
  const VectorSpec spec = appending(folder / "v.shp");
  EXPECT_EQ(refusal([&] { make_gdal_geo_io()->create_features(spec, map_info("EPSG:32633")); }),
            folder / "v.shp" + ": only a GeoPackage (.gpkg) can be appended to, not ESRI Shapefile");
  std::ofstream(folder / "text.gpkg") << "no GeoPackage";
  EXPECT_TRUE(refusal([&] {
                make_gdal_geo_io()->create_features(appending(folder / "text.gpkg"), map_info("EPSG:32633"));
              }).starts_with(folder / "text.gpkg" + ": is no GeoPackage that can be appended to"));
  EXPECT_EQ(folder.names(), std::vector<std::string>{"text.gpkg"});
}

TEST(GeoPackage, IsLeftAloneWhileAnotherProgramChangesIt) {
  const Folder folder;
  const std::string path = folder / "v.gpkg";
  write_layer(spec_of(path), map_info("EPSG:32633"), squares(3));
  const auto text_of = [&](VectorSpec spec) {
    return refusal([&] { make_gdal_geo_io()->create_features(spec, map_info("EPSG:32633")); });
  };
  {
    const DatasetPtr other = open_for_update(path);
    run_sql(*other, "BEGIN IMMEDIATE");
    EXPECT_TRUE(text_of(appending(path))
                    .starts_with(path + ": another program has the GeoPackage open and may be "
                                        "changing it ("));
    run_sql(*other, "ROLLBACK");
  }
  EXPECT_EQ(text_of(appending(path)), "");
  std::ofstream(path + "-wal") << "not yet in the file";
  VectorSpec replacing = spec_of(path);
  replacing.overwrite = true;
  for (const VectorSpec& spec : {appending(path), replacing}) {
    EXPECT_EQ(text_of(spec),
              path +
                  ": another program has the GeoPackage open and may be changing it (v.gpkg-wal lies "
                  "beside it); close it there (in QGIS: remove its layers from the project), then "
                  "try again");
  }
}

TEST(GeoPackage, IsNotReplacedByACopyThatWasOvertaken) {
  const Folder folder;
  const std::string path = folder / "v.gpkg";
  write_layer(spec_of(path), map_info("EPSG:32633"), squares(3));
  const auto sink = make_gdal_geo_io()->create_features(appending(path), map_info("EPSG:32633"));
  sink->write(squares(2));
  sink->finish();
  run_sql(*open_for_update(path), "DELETE FROM cover WHERE fid = 1");
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  EXPECT_EQ(
      refusal([&] { sink->commit(); }),
      path +
          ": was changed by another program while polygons were appended to a copy of it; it stays as it is, "
          "run again");
  EXPECT_EQ(open_for_update(path)->GetLayer(0)->GetFeatureCount(), 2);
  // Nor is one that was not there at first.
  const std::string late = folder / "late.gpkg";
  const auto adding = make_gdal_geo_io()->create_features(appending(late), map_info("EPSG:32633"));
  adding->write(squares(2));
  adding->finish();
  write_layer(spec_of(late), map_info("EPSG:32633"), squares(3));
  EXPECT_EQ(refusal([&] { adding->commit(); }),
            late + ": came to be while polygons were made for it; run again");
}

}  // namespace
}  // namespace orthocover
