#include "georef/style/style_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/ports/class_source.h"
#include "georef/raster/raster_sink.h"
#include "georef/style/map_style.h"
#include "georef/style/qgis_style.h"
#include "georef/vector/feature_sink.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

TEST(StyleFile, ServesARasterAndALayerOfPolygonsOfOneName) {
  const std::string raster = raster_style_qml(test::two_classes());
  const std::string vector = vector_style_qml(class_entries(test::two_classes()));
  for (const std::string& both : {joined_style(raster, StyledLayer::Raster, vector),
                                  joined_style(vector, StyledLayer::Vector, raster)}) {
    EXPECT_THAT(both, HasSubstr("<rasterrenderer type=\"paletted\""));
    EXPECT_THAT(both, HasSubstr("<layerGeometryType>2</layerGeometryType>"));
    const auto style = parse_categorized_style(both);
    ASSERT_TRUE(style);
    EXPECT_EQ(style->categories.size(), 2U);
    EXPECT_EQ(style->categories[1].label, "roof");
  }
}

TEST(StyleFile, ReplacesThePartOfItsOwnKind) {
  const std::string old = "<qgis><renderer-v2 type=\"singleSymbol\"/><pipe>of the raster</pipe></qgis>";
  const std::string joined =
      joined_style(vector_style_qml(class_entries(test::two_classes())), StyledLayer::Vector, old);
  EXPECT_THAT(joined, HasSubstr("<pipe>of the raster</pipe>"));
  EXPECT_THAT(joined, Not(HasSubstr("singleSymbol")));
}

TEST(StyleFile, LeavesOutWhatIsNoStyle) {
  const std::string own = vector_style_qml(class_entries(test::two_classes()));
  for (const char* text : {"", "no XML", "<qgis><pipe>", "<other><pipe/></other>"})
    EXPECT_EQ(joined_style(own, StyledLayer::Vector, text), own);
}

TEST(StyleFile, OfSomebodyElseIsNotReplacedBesideANewLayer) {
  const test::Folder folder;
  const fs::path raster = folder / "map.tif";
  const fs::path layer = folder / "map.shp";
  const auto refusal = [](const fs::path& file, StyledLayer kind) -> std::string {
    try {
      check_beside_layer(file, kind);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto saved_by_qgis = [](std::string qml) {
    const std::string mark = " made-by=\"orthocover\"";
    return qml.erase(qml.find(mark), mark.size());
  };
  write_file_atomically(folder / "map.qml", raster_style_qml(test::two_classes()));
  EXPECT_EQ(refusal(raster, StyledLayer::Raster), "") << "of another map of this name";
  write_file_atomically(folder / "map.qml", saved_by_qgis(raster_style_qml(test::two_classes())));
  EXPECT_EQ(refusal(layer, StyledLayer::Vector), "") << "the part of the other kind stays";
  EXPECT_THAT(refusal(raster, StyledLayer::Raster),
              HasSubstr("map.qml: exists already, though map.tif does not"));
  write_file_atomically(folder / "map.qml",
                        saved_by_qgis(vector_style_qml(class_entries(test::two_classes()))));
  EXPECT_EQ(refusal(raster, StyledLayer::Raster), "");
  EXPECT_THAT(refusal(layer, StyledLayer::Vector), HasSubstr("map.qml: "));
  write_file_atomically(folder / "map.tif.aux.xml", "<PAMDataset/>");
  EXPECT_THAT(refusal(raster, StyledLayer::Raster), HasSubstr("map.tif.aux.xml: "));
  write_file_atomically(raster, "a map");
  EXPECT_EQ(refusal(raster, StyledLayer::Raster), "") << "its own";
}

TEST(StyleFile, IsJoinedBeforeItReplacesAnother) {
  const test::Folder folder;
  write_file_atomically(folder / "new.qml", vector_style_qml(class_entries(test::two_classes())));
  join_style_file(folder / "new.qml", StyledLayer::Vector, folder / "none.qml");
  EXPECT_EQ(read_small_file(folder / "new.qml", 1 << 20),
            vector_style_qml(class_entries(test::two_classes())));
  write_file_atomically(folder / "old.qml", raster_style_qml(test::two_classes()));
  join_style_file(folder / "new.qml", StyledLayer::Vector, folder / "old.qml");
  EXPECT_THAT(read_small_file(folder / "new.qml", 1 << 20), HasSubstr("paletteEntry value=\"3\""));
}

TEST(StyleFile, ThatCantBeReadIsNotReplaced) {
  const test::Folder folder;
  write_file_atomically(folder / "new.qml", vector_style_qml(class_entries(test::two_classes())));
  write_file_atomically(folder / "large.qml", raster_style_qml(test::two_classes()));
  fs::resize_file(folder / "large.qml", kMostStyleBytes + 1);
  fs::create_directory(folder / "folder.qml");
  for (const char* name : {"large", "folder"}) {
    const fs::path style = folder / (std::string(name) + ".qml");
    EXPECT_THROW(join_style_file(folder / "new.qml", StyledLayer::Vector, style), Error) << name;
    EXPECT_THROW(check_beside_layer(fs::path(style).replace_extension(".shp"), StyledLayer::Vector), Error)
        << name;
    RasterSpec spec;
    spec.path = fs::path(style).replace_extension(".tif");
    spec.cols = spec.rows = 16;
    spec.band_descriptions = {"class"};
    spec.legend = test::two_classes();
    spec.overwrite = true;
    EXPECT_THROW(GdalRasterSink{spec}, Error) << name;
    VectorSpec layer = test::spec_of(fs::path(style).replace_extension(".geojson"));
    layer.overwrite = true;
    EXPECT_THROW(OgrFeatureSink(layer, test::map_info("EPSG:32633")), Error) << name << ", before any work";
  }
}

}  // namespace
}  // namespace orthocover
