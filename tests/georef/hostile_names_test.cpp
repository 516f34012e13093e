#include <cpl_minixml.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "georef/gdal/dataset.h"
#include "georef/style/map_style.h"
#include "georef/style/qgis_style.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

/// Names of classes and layers with markup and SQL in them, as a hostile model can bring them.
namespace orthocover {
namespace {

using test::Folder;
using test::map_info;
using test::spec_of;
using test::square;
using test::write_layer;

/// One that tries to leave every place that a name stands in.
const std::string kHostile = "\"/></qgis>]]><script>alert('x')</script>'); DROP TABLE layer_styles; --\\";

std::vector<std::string> values_of(const CPLXMLNode* from, const char* element, const char* attribute) {
  std::vector<std::string> values;
  for (const CPLXMLNode* node = from; node != nullptr; node = node->psNext) {
    if (node->eType == CXT_Element && std::string(node->pszValue) == element)
      values.emplace_back(CPLGetXMLValue(node, attribute, ""));
  }
  return values;
}

class HostileNames : public testing::TestWithParam<const char*> {};

TEST_P(HostileNames, AreTextInLayersOfPolygons) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / GetParam());
  spec.classes = {{1, kHostile, Color{0, 200, 10}}};
  write_layer(spec, map_info("EPSG:32633"), {square(1, 0, 0, 2), square(1, 4, 4, 2)});
  const DatasetPtr file = open_vector_dataset(spec.path);
  OGRLayer& layer = *file->GetLayer(0);
  EXPECT_EQ(layer.GetFeatureCount(), 2);
  for (const auto& feature : layer) EXPECT_EQ(feature->GetFieldAsString("name"), kHostile);
  const auto style = read_categorized_style(*file, layer.GetName(), spec.path);
  ASSERT_TRUE(style);
  ASSERT_EQ(style->categories.size(), 1U);
  EXPECT_EQ(style->categories[0].label, kHostile);
}

INSTANTIATE_TEST_SUITE_P(Vector, HostileNames,
                         testing::Values("v.gpkg", "v.shp", "v.geojson", "v.geojsonl", "v.fgb", "v.kml"));

TEST(HostileLayerName, IsANameInTheTablesOfAGeoPackage) {
  const Folder folder;
  VectorSpec spec = spec_of(folder / "v.gpkg");
  spec.layer = "a'); DROP TABLE layer_styles; --\"";
  write_layer(spec, map_info("EPSG:32633"), {square(1, 0, 0, 2)});
  const DatasetPtr file = open_vector_dataset(spec.path);
  OGRLayer* layer = file->GetLayerByName(spec.layer.c_str());
  ASSERT_NE(layer, nullptr);
  EXPECT_EQ(layer->GetFeatureCount(), 1);
  EXPECT_TRUE(layer->TestCapability(OLCFastSpatialFilter));
  EXPECT_TRUE(read_categorized_style(*file, spec.layer, spec.path));
}

TEST(HostileNameInAStyle, IsALabelOfARaster) {
  const std::string qml = raster_style_qml(Legend({{1, kHostile, {1, 2, 3}, ""}, {2, "b", {4, 5, 6}, ""}}));
  const CPLXMLTreeCloser tree(CPLParseXMLString(qml.c_str()));
  ASSERT_NE(tree.get(), nullptr);
  const CPLXMLNode* palette = CPLGetXMLNode(tree.get(), "=qgis.pipe.rasterrenderer.colorPalette");
  ASSERT_NE(palette, nullptr);
  EXPECT_THAT(values_of(palette->psChild, "paletteEntry", "label"), testing::ElementsAre(kHostile, "b"));
}

// QGIS evaluates what stands between [% and %] in a legend, e.g. the user's environment.
TEST(HostileNameInAStyle, IsNoExpression) {
  const std::string name = "a[% env('HOME') %][%[%@layer%]";
  const ClassEntry entry{1, name, std::nullopt};
  const std::string raster = raster_style_qml(Legend({{1, name, {1, 2, 3}, ""}}));
  for (const std::string& qml : {raster, vector_style_qml({&entry, 1})}) {
    EXPECT_THAT(qml, testing::Not(testing::HasSubstr("[%")));
    EXPECT_THAT(qml, testing::HasSubstr("a[ % env("));
    EXPECT_THAT(qml, testing::HasSubstr("%][ %[ %@layer%]"));
  }
}

}  // namespace
}  // namespace orthocover
