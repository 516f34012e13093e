#include "georef/labels/label_legend.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/legend/class_colors.h"
#include "core/operations/results/map_summary.h"
#include "core/ports/class_source.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal_geo_io.h"
#include "georef/labels/class_field.h"
#include "georef/style/map_style.h"
#include "georef/style/qgis_style.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::add_style;
using test::box_wkt;
using test::Folder;
using test::MadeFeature;
using test::make_layer;
using test::refusal;
using testing::HasSubstr;

const std::string kBox = box_wkt(500001, 4999998.5, 500002, 4999999.5);

using Rows = std::vector<std::vector<std::string>>;

/// One feature for each row of field values.
std::vector<MadeFeature> rows(const Rows& values) {
  std::vector<MadeFeature> features;
  for (const auto& row : values) features.push_back({kBox, row});
  return features;
}

void make_plots(const Folder& folder, const std::vector<std::string>& fields, const Rows& values) {
  make_layer(folder / "l.gpkg", "plots", "EPSG:32633", fields, rows(values));
}

/// `1 grass #00c800`, one class a line.
std::string text_of(const Legend& legend) {
  std::string text;
  for (const LegendClass& entry : legend.classes())
    text += fmt::format("{} {} {}\n", entry.value, entry.name, to_hex(entry.color));
  return text;
}

LabelLegend legend_of(const std::string& path, const std::string& field = "", const std::string& where = "") {
  return *make_gdal_geo_io()->read_label_legend(path, field, where);
}

TEST(LabelLegend, OfATextFieldHasItsNamesSortedInUsualColours) {
  const Folder folder;
  make_layer(
      folder / "l.gpkg", "plots", "EPSG:32633", {"note", "landcover"},
      rows({{"a", "water"}, {"b", "building"}, {"c", "water"}, {"d", "Trees"}, {"e", ""}, {"f", "  "}}));
  const LabelLegend found = legend_of(folder / "l.gpkg");
  EXPECT_EQ(found.class_field, "landcover");
  EXPECT_EQ(text_of(found.legend), "1 Trees #1b7837\n2 building #d7191c\n3 water #2c7bb6\n");
  EXPECT_FALSE(found.has_own_values);
  EXPECT_TRUE(found.map.empty());
  EXPECT_EQ(text_of(legend_of(folder / "l.gpkg", "", "note < 'c'").legend),
            "1 building #d7191c\n2 water #2c7bb6\n");
}

TEST(LabelLegend, OfANumberFieldKeepsTheValuesAndTakesNamesFromTheFieldBeside) {
  const Folder folder;
  make_plots(folder, {"class:int", "remark", "name"},
             {{"6", "x", "water"}, {"2", "y", "paved"}, {"6", "z", "water"}});
  const LabelLegend found = legend_of(folder / "l.gpkg");
  EXPECT_EQ(found.class_field, "class");
  EXPECT_EQ(text_of(found.legend), "2 paved #7f7f7f\n6 water #2c7bb6\n");
  EXPECT_TRUE(found.has_own_values);
  make_layer(folder / "m.gpkg", "plots", "EPSG:32633", {"class:int", "before", "name"},
             rows({{"6", "paved", "water"},
                   {"2", "water", "paved"},
                   {"6", "paved", "watre"},
                   {"6", "paved", "water"}}));
  EXPECT_EQ(text_of(legend_of(folder / "m.gpkg").legend), "2 paved #7f7f7f\n6 water #2c7bb6\n");
}

TEST(NumberCoding, TakesNumbersByTheirNamesWhereThoseHaveOtherValuesInTheLegend) {
  const Folder folder;
  const auto coding_of = [&](const Rows& values, const LabelCoding& coding) {
    const std::string path = folder / "l.gpkg";
    make_layer(path, "plots", "EPSG:32633", {"class:int", "name"}, rows(values));
    const DatasetPtr dataset = open_vector_dataset(path);
    OGRLayer& layer = *dataset->GetLayer(0);
    NumberCoding numbers(number_names(layer, layer.GetLayerDefn()->GetFieldIndex("class"), std::nullopt),
                         coding);
    std::filesystem::remove(path);
    return numbers;
  };
  const LabelCoding coding(test::two_classes());  // 1 grass, 3 roof
  const NumberCoding swapped = coding_of({{"1", "roof"}, {"2", "grass"}, {"3", "pond"}}, coding);
  EXPECT_THAT(swapped.contradiction(), testing::HasSubstr("calls class 1 'roof'"));
  EXPECT_EQ(swapped.label_of(1), 1);
  EXPECT_EQ(swapped.label_of(2), 0);
  EXPECT_EQ(swapped.label_of(3), std::nullopt) << "no roof, whatever its value";
  const NumberCoding more = coding_of({{"1", "meadow"}, {"7", "Roof"}}, coding);
  EXPECT_EQ(more.contradiction(), "");
  EXPECT_EQ(more.label_of(1), 0) << "its name says nothing";
  EXPECT_EQ(more.label_of(7), 1);
  EXPECT_EQ(coding_of({{"1", "roof"}}, coding).label_of(1), 1) << "one class, by a field called name";
  EXPECT_EQ(NumberCoding({{3, "roof"}, {1, "roof"}}, coding).label_of(1), 1) << "two numbers of one name";
  EXPECT_EQ(NumberCoding({{1, "3"}, {3, "1"}}, coding).label_of(1), 0) << "numbers are no names";
  ClassGroups groups(2);
  const LabelCoding mapped(test::two_classes(), std::nullopt, {{"1", {"grass"}}}, groups, "a");
  EXPECT_EQ(coding_of({{"1", "roof"}, {"3", "grass"}}, mapped).label_of(1), 0) << "the user said so";
  const LabelCoding without(test::two_classes(), std::nullopt, {{"3", {}}}, groups, "a");
  const NumberCoding others = coding_of({{"1", "roof"}, {"2", "grass"}, {"3", "roofs"}}, without);
  EXPECT_EQ(others.label_of(1), 1) << "the user said nothing of it";
  EXPECT_EQ(others.label_of(2), 0);
  EXPECT_EQ(others.label_of(3), kIgnoreLabel);
}

TEST(LabelLegend, GivesValuesThatALegendCanNotHaveTheFirstFreeOnes) {
  for (const char* field : {"class:real", "class"}) {
    const Folder folder;
    make_plots(folder, {field}, {{"0"}, {"1"}, {"1000"}, {"311"}, {"1"}});
    const LabelLegend found = legend_of(folder / "l.gpkg");
    const auto& classes = found.legend.classes();
    ASSERT_EQ(classes.size(), 4U) << field;
    EXPECT_EQ(classes[0].value, 2);
    EXPECT_EQ(classes[0].name, "class_0");
    EXPECT_EQ(classes[1].value, 1);
    EXPECT_EQ(classes[2].value, 3);
    EXPECT_EQ(classes[2].name, "class_311") << field;
    EXPECT_EQ(found.map, (LabelMap{{"0", {"class_0"}}, {"311", {"class_311"}}, {"1000", {"class_1000"}}}));
    EXPECT_TRUE(found.has_own_values);
  }
}

TEST(LabelLegend, TakesFieldColoursAndNamesFromTheStyleThatQgisSaved) {
  const Folder folder;
  make_plots(folder, {"class:int", "kind:int"}, {{"1", "7"}, {"2", "9"}, {"2", "9"}});
  // As QGIS before 3.26 writes it, with a category for all other values.
  add_style(folder / "l.gpkg", "plots", R"(<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.16"><renderer-v2 type="categorizedSymbol" attr="kind" symbollevels="0"><categories>
<category symbol="0" value="7" label="Meadow" render="true"/>
<category symbol="1" value="9" label="" render="true"/>
<category symbol="2" value="" label="" render="true"/></categories><symbols>
<symbol type="fill" name="0"><layer class="SimpleFill"><prop k="border" v="x"/><prop k="color" v="10,20,30,255"/></layer></symbol>
<symbol type="fill" name="1"><layer class="SimpleFill"><Option type="Map">
<Option type="QString" name="color" value="200,100,50,255,rgb:0.78,0.39,0.2,1"/></Option></layer></symbol>
</symbols></renderer-v2></qgis>)");
  const LabelLegend found = legend_of(folder / "l.gpkg");
  EXPECT_EQ(found.class_field, "kind");
  EXPECT_EQ(text_of(found.legend), "7 Meadow #0a141e\n9 class_9 #c86432\n");
}

TEST(LabelLegend, MakesOneClassOfNumbersOfOneName) {
  const Folder folder;
  make_plots(folder, {"class:int"}, {{"1"}, {"2"}, {"3"}});
  add_style(folder / "l.gpkg", "plots",
            vector_style_qml(std::vector<ClassEntry>{{1, "sealed", {}}, {2, "Sealed", {}}, {3, "bare", {}}}));
  const LabelLegend found = legend_of(folder / "l.gpkg");
  EXPECT_EQ(found.legend.size(), 2);
  EXPECT_EQ(found.map, (LabelMap{{"2", {"sealed"}}}));
}

TEST(LabelLegend, ReadsTheStylesThatThisProgramWrites) {
  const std::optional<CategorizedStyle> style =
      parse_categorized_style(vector_style_qml(class_entries(test::two_classes())));
  ASSERT_TRUE(style);
  EXPECT_EQ(style->field, "class");
  ASSERT_EQ(style->categories.size(), 2U);
  EXPECT_EQ(style->categories[1].value, "3");
  EXPECT_EQ(style->categories[1].label, "roof");
  EXPECT_EQ(style->categories[1].color, (Color{200, 0, 0}));
}

TEST(LabelLegend, ComesToNoHarmFromStylesOfOtherKindsOrDamagedOnes) {
  EXPECT_FALSE(parse_categorized_style("<qgis><renderer-v2 type=\"singleSymbol\"/></qgis>"));
  EXPECT_FALSE(parse_categorized_style("<qgis><renderer-v2 type=\"categor"));
  EXPECT_FALSE(parse_categorized_style(""));
  EXPECT_FALSE(parse_categorized_style(std::string(100000, '<')));
  const auto bare = parse_categorized_style("<qgis><renderer-v2 type=\"categorizedSymbol\"/></qgis>");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->categories.empty());
}

TEST(LabelLegend, TakesAFieldByNumberAndTheOnlyOneWithFewValues) {
  const Folder folder;
  make_plots(folder, {"owner", "art"}, {{"a", "x"}, {"b", "x"}, {"c", "y"}});
  EXPECT_EQ(legend_of(folder / "l.gpkg").class_field, "art");
  EXPECT_EQ(legend_of(folder / "l.gpkg", "1").class_field, "owner");
  EXPECT_EQ(legend_of(folder / "l.gpkg", "owner").legend.size(), 3);
}

TEST(LabelLegend, RefusesToGuessAndListsTheFieldsWithTheirNumbersOfValues) {
  const Folder folder;
  make_plots(folder, {"art", "zone:int"}, {{"x", "1"}, {"x", "2"}, {"y", "2"}});
  const std::string message = refusal([&] { legend_of(folder / "l.gpkg"); });
  EXPECT_THAT(message, HasSubstr("layer plots has no field that is plainly the one of classes"));
  EXPECT_THAT(message, HasSubstr("art (2 different values), zone (2 different values)"));
  EXPECT_THAT(refusal([&] { legend_of(folder / "l.gpkg", "arts"); }),
              HasSubstr("no field 'arts' (did you mean 'art'?)"));
}

TEST(LabelLegend, RefusesEmptyLayersAndFieldsWithoutClassesOrWithTooMany) {
  const auto fault_of = [](const Rows& values, const char* field = "class") {
    const Folder folder;
    make_plots(folder, {field}, values);
    return refusal([&] { legend_of(folder / "l.gpkg", "class").check_values("l.gpkg"); });
  };
  EXPECT_THAT(fault_of({}), HasSubstr("layer plots is empty"));
  EXPECT_THAT(fault_of({{""}}), HasSubstr("holds no class names or values"));
  EXPECT_THAT(fault_of({{"1"}, {"2.5"}}, "class:real"), HasSubstr("'class' holds fractional numbers (2.5)"));
  Rows many;
  for (int i = 0; i < 300; ++i) many.push_back({std::to_string(i)});
  EXPECT_THAT(fault_of(many), HasSubstr("more than 254 different values"));
}

TEST(LabelLegend, IsNotMadeOfTextInAnUnknownEncoding) {
  const Folder folder;
  make_layer(folder / "l.shp", "l", "EPSG:32633", {"class", "number:int"},
             rows({{"Gr\xc3\xa4ser", "1"}, {"Gr\xc3\xb6ser", "2"}}), "ESRI Shapefile");
  EXPECT_EQ(legend_of(folder / "l.shp", "class").legend.size(), 2);
  std::filesystem::remove(folder / "l.cpg");
  // As other programs write it, of whom nothing is known.
  std::fstream table(folder / "l.dbf", std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(table)), {});
  bytes[29] = 0;
  for (std::size_t at; (at = bytes.find('\xc3')) != std::string::npos;) bytes[at] = '\xe4';
  table.seekp(0);
  table.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  table.close();
  const auto io = make_gdal_geo_io();
  EXPECT_NO_THROW(io->read_label_legend(folder / "l.shp", "number", ""));
  EXPECT_THAT(refusal([&] { legend_of(folder / "l.shp", "class"); }), HasSubstr("'class' is not UTF-8 ('Gr"));
  const auto zones = refusal([&] { io->read_zones({folder / "l.shp", "class", {}}, {}); });
  EXPECT_THAT(zones, HasSubstr("'class' is not UTF-8"));
}

TEST(LabelLegend, OfARasterIsNothingWithoutCategoryNames) {
  const Folder folder;
  test::Made made;
  made.bands = 1;
  make_raster(folder / "l.tif", made);
  EXPECT_FALSE(make_gdal_geo_io()->read_label_legend(folder / "l.tif", "", ""));
}

TEST(ClassColors, AreTheUsualOnesAndNeverTheSameTwice) {
  EXPECT_EQ(usual_color("Vegetation"), (Color{0x4d, 0xac, 0x26}));
  EXPECT_EQ(usual_color("low_vegetation"), (Color{0xb8, 0xe1, 0x86}));
  EXPECT_EQ(usual_color("Land (unpaved area)"), usual_color("bare soil"));
  EXPECT_EQ(usual_color("Wasser"), usual_color("water"));
  EXPECT_FALSE(usual_color("class_7"));
  EXPECT_FALSE(usual_color("carpet"));
  EXPECT_EQ(distinct_colors(std::vector<std::string>(2000, "a")).size(), 2000U);
  const std::vector<Color> colors = distinct_colors({"tree", "trees", "a", "b", "wood"});
  for (std::size_t i = 0; i < colors.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(colors[i], colors[j]) << i << ' ' << j;
  }
}

TEST(PolygonMap, HasSmallPolygonsHoweverWideTheLayer) {
  const Folder folder;
  std::vector<MadeFeature> features;
  for (int i = 0; i < 60; ++i) {
    const double x = (i % 2) * 4e6 + 0.37 * i, y = 5e6 + 0.59 * i;
    features.push_back({test::box_wkt(x, y, x + 0.2, y + 0.2), {"a"}});
  }
  make_layer(folder / "map.gpkg", "landcover", "EPSG:3857", {"class"}, features);
  RunContext context;
  int seen = 0;
  make_gdal_geo_io()
      ->open_polygon_map({folder / "map.gpkg", "class", {}})
      ->visit([&](std::size_t, std::optional<std::size_t>, const RasterPolygon&) { ++seen; }, context);
  EXPECT_EQ(seen, 60);
}

TEST(PolygonMap, TellsPolygonsOfWhichOnlyTheClassOrOnlyTheNameWasChanged) {
  const Folder folder;
  make_layer(folder / "map.gpkg", "landcover", "EPSG:32633", {"class:int", "name"},
             rows({{"1", "grass"}, {"3", "roof"}, {"3", "grass"}, {"3", "my shed"}}));
  add_style(folder / "map.gpkg", "landcover", vector_style_qml(class_entries(test::two_classes())));
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& text) { warnings.push_back(text); };
  RunContext context;
  make_gdal_geo_io()
      ->open_polygon_map({folder / "map.gpkg", "", warn})
      ->visit([](std::size_t, std::optional<std::size_t>, const RasterPolygon&) {}, context);
  ASSERT_EQ(warnings.size(), 2U);  // all lie in one place, too
  EXPECT_EQ(warnings[1], (folder / "map.gpkg") +
                             ": polygons with the class of one and the name of another: 1 (feature 3: 3 and "
                             "'grass'); their class counts");
}

TEST(LayerClasses, MayBeMoreThanALegendHas) {
  const Folder folder;
  RunContext quiet;
  std::vector<MadeFeature> boxes;
  for (int i = 0; i < 300; ++i)
    boxes.push_back({test::box_wkt(500001 + i, 4999998, 500002 + i, 4999999),
                     {std::to_string(1000 + i), "crop " + std::to_string(i)}});
  const auto io = make_gdal_geo_io();
  for (const char* field : {"class:int", "class"}) {
    operations::SummaryRequest request;
    request.map = folder / (std::string(field) + ".gpkg");
    make_layer(request.map, "crops", "EPSG:32633", {field, "name"}, boxes);
    const auto found = operations::summarise_map(request, *io, quiet).blocks[0].rows;
    ASSERT_EQ(found.size(), 300U) << field;
    EXPECT_EQ(found[7].name, std::string(field) == "class" ? "1007" : "crop 7");
    EXPECT_THAT(test::refusal([&] { io->read_label_legend(request.map, "class", ""); }),
                HasSubstr("more than 254"));
  }
}

TEST(LayerClasses, AreNoNumbersOfPlotsUnasked) {
  const Folder folder;
  RunContext quiet;
  std::vector<MadeFeature> boxes;
  for (int i = 0; i < 300; ++i) boxes.push_back({kBox, {std::to_string(1000 + i)}});
  operations::SummaryRequest request;
  request.map = folder / "plots.gpkg";
  make_layer(request.map, "plots", "EPSG:32633", {"code:int"}, boxes);
  EXPECT_THAT(test::refusal([&] { operations::summarise_map(request, *make_gdal_geo_io(), quiet); }),
              testing::HasSubstr("no field that is plainly"));
}

TEST(RasterLegend, IsReadFromTheTableThatArcGisLaysBeside) {
  const Folder folder;
  test::Made made;
  made.bands = 1;
  make_raster(folder / "m.tif", made);
  make_layer(folder / "t.shp", "t", "",
             {"VALUE:int", "COUNT:int", "Landcover", "Red:int", "Green:int64", "Blue:int"},
             {{kBox, {"1", "9", "water", "0", "0", "255"}}, {kBox, {"7", "9", "road", "9", "8", "7"}}},
             "ESRI Shapefile");
  std::filesystem::rename(folder / "t.dbf", folder / "m.tif.vat.dbf");
  const auto legend = make_gdal_geo_io()->read_label_legend(folder / "m.tif", "", "");
  ASSERT_TRUE(legend);
  EXPECT_EQ(text_of(legend->legend), "1 water #0000ff\n7 road #090807\n");
  EXPECT_EQ(make_gdal_geo_io()->files_of(folder / "m.tif").back(), folder / "m.tif.vat.dbf");
}

}  // namespace
}  // namespace orthocover
