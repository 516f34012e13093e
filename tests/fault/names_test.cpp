#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <nlohmann/json.hpp>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kMarkup = "</style><script>alert(\"1\")</script>&'x'";
const std::string kSql = "x'); DROP TABLE layer_styles; --";
const std::string kModel = "<img src=x onerror=alert(1)>|`m`";
/// Every character that a file's name can have and a shell, SQL, XML or format string can stumble over.
const std::string kFile = "a b 'q' \"d\" <i>&amp; %s {} ü 木";

/// A model whose classes and name are hostile, and a scene in a folder with such a name.
class HostileNames : public testing::Test {
 protected:
  HostileNames() {
    nlohmann::json manifest = nlohmann::json::parse(bytes_of_file(shop / "model/model.json"));
    manifest["mlm:name"] = kModel;
    nlohmann::json& classes = manifest["mlm:output"][0]["classification:classes"];
    classes[0]["name"] = kMarkup;
    classes[1]["name"] = kSql;
    write_bytes(shop / "model/model.json", manifest.dump());
    std::filesystem::create_directory(shop / kFile);
    make_raster(in("scene.tif"));
  }
  std::string in(const std::string& name) const { return shop / (kFile + "/" + kFile + name); }

  void expect_success(const Outcome& outcome) const { ASSERT_EQ(outcome.exit_code, 0) << outcome.errors; }

  /// A map of both classes, whatever the untrained model says.
  void make_map(const std::string& path) const {
    expect_success(shop.segment({in("scene.tif"), path}));
    GDALDatasetUniquePtr map(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
    std::vector<std::uint8_t> values(64 * 48, 1);
    std::fill(values.begin() + 64 * 24, values.end(), std::uint8_t{3});
    ASSERT_EQ(map->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, 64, 48, values.data(), 64, 48, GDT_Byte, 0, 0,
                                              nullptr),
              CE_None);
  }

  Workshop shop;
};

/// Names of classes in a layer, from its field `name`.
std::vector<std::string> names_in(const std::string& path, const char* field) {
  const GDALDatasetUniquePtr layers(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR));
  if (!layers) return {};
  std::vector<std::string> names;
  for (const auto& feature : *layers->GetLayer(0)) names.emplace_back(feature->GetFieldAsString(field));
  std::ranges::sort(names);
  return names;
}

/// Well-formed, as GDAL's own parser sees it.
bool is_xml(const std::string& text) {
  CPLXMLNode* tree = CPLParseXMLString(text.c_str());
  CPLDestroyXMLNode(tree);
  return tree != nullptr;
}

TEST_F(HostileNames, ReachEveryLayerUnchangedAndBreakNoStyle) {
  make_map(in("map.tif"));
  EXPECT_TRUE(is_xml(bytes_of_file(in("map.qml"))));
  EXPECT_THAT(bytes_of_file(in("map.qml")), Not(HasSubstr("<script")));
  for (const auto& [name, field] : std::vector<std::pair<std::string, const char*>>{{"v.gpkg", "name"},
                                                                                    {"v.geojson", "name"},
                                                                                    {"v.fgb", "name"},
                                                                                    {"v.shp", "name"},
                                                                                    {"v.kml", "Name"}}) {
    expect_success(shop.run({"vectorize", in("map.tif"), in(name), "--simplify", "0"}));
    EXPECT_THAT(names_in(in(name), field), testing::ElementsAre(kMarkup, kSql)) << name;
  }
  EXPECT_TRUE(is_xml(bytes_of_file(in("v.kml"))));
  EXPECT_TRUE(is_xml(bytes_of_file(in("v.qml"))));
  EXPECT_TRUE(nlohmann::json::accept(bytes_of_file(in("v.geojson"))));
}

TEST_F(HostileNames, OfClassesAndFilesRunNoSqlInAGeoPackage) {
  make_map(in("map.tif"));
  expect_success(shop.run({"vectorize", in("map.tif"), in("v.gpkg")}));
  const GDALDatasetUniquePtr file(GDALDataset::Open(in("v.gpkg").c_str(), GDAL_OF_VECTOR));
  ASSERT_TRUE(file);
  OGRLayer* styles = file->GetLayerByName("layer_styles");
  ASSERT_NE(styles, nullptr);
  ASSERT_EQ(styles->GetFeatureCount(), 1);
  const OGRFeatureUniquePtr row(styles->GetNextFeature());
  EXPECT_STREQ(row->GetFieldAsString("f_table_name"), file->GetLayer(0)->GetName());
  EXPECT_TRUE(is_xml(row->GetFieldAsString("styleQML")));
  EXPECT_THAT(row->GetFieldAsString("styleQML"), HasSubstr("DROP TABLE"));
}

TEST_F(HostileNames, AreEscapedInReports) {
  make_map(in("map.tif"));
  std::filesystem::copy_file(in("map.tif"), in("truth.tif"));
  expect_success(shop.run({"evaluate", "--labels", in("truth.tif"), "--output", in("r.json"), "--csv",
                           in("r.csv"), "--html", in("r.html"), in("map.tif")}));
  const std::string html = bytes_of_file(in("r.html"));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<i>&amp;amp;"))) << "the file's name";
  EXPECT_THAT(bytes_of_file(in("r.csv")), HasSubstr("\"</style><script>alert(\"\"1\"\")</script>&'x'\""));
  EXPECT_TRUE(nlohmann::json::accept(bytes_of_file(in("r.json"))));
}

TEST_F(HostileNames, OfTheModelAreShownAsTheyAre) {
  const Outcome outcome = shop.run({"info", shop / "model"});
  expect_success(outcome);
  EXPECT_THAT(outcome.output, HasSubstr(kModel));
}

TEST_F(HostileNames, OfFilesAreNamedInErrorsOnOneLine) {
  const std::string name = shop / "a\nb\x1b[2J.tif";
  const Outcome outcome = shop.segment({name, shop / "map.tif"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1);
  EXPECT_THAT(outcome.errors, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace orthocover::test
