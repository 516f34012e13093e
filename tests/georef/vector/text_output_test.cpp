#include "georef/vector/text_output.h"

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <array>
#include <utility>

#include "core/base/atomic_file.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/vector_format.h"
#include "tests/georef/made_features.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

std::string written(double value, int decimals) {
  const test::Folder folder;
  TextOutput out(folder / "v.txt", "v.txt");
  out.add_number(value, decimals);
  out.close();
  return read_small_file(folder / "v.txt", 1000);
}

TEST(TextOutput, WritesNumbersAsShortAsTheyAre) {
  EXPECT_EQ(written(0, 7), "0");
  EXPECT_EQ(written(15, 7), "15");
  EXPECT_EQ(written(100, 3), "100");
  EXPECT_EQ(written(-0.5, 7), "-0.5");
  EXPECT_EQ(written(15.0000001, 7), "15.0000001");
  EXPECT_EQ(written(0.00000012, 7), "0.0000001");
  EXPECT_EQ(written(-179.99999999, 7), "-180");
  EXPECT_EQ(written(-0.00000001, 7), "0");
  EXPECT_EQ(written(0.999999, 3), "1");
  EXPECT_EQ(written(1e20, 3), "1e+20");
}

TEST(TextOutput, TellsWhereShellsAndHolesRunTheWrongWay) {
  const std::vector<OGRRawPoint> against_the_clock = {{0, 0}, {1, 0}, {1, 1}, {0, 0}};
  const std::vector<OGRRawPoint> with_the_clock = {{0, 0}, {1, 1}, {1, 0}, {0, 0}};
  EXPECT_FALSE(runs_wrong(against_the_clock, true));
  EXPECT_TRUE(runs_wrong(with_the_clock, true));
  EXPECT_FALSE(runs_wrong(with_the_clock, false));
  EXPECT_TRUE(runs_wrong(against_the_clock, false));
}

TEST(TextOutput, NamesTheTargetWhereTheFileCantBeMade) {
  EXPECT_EQ(test::refusal([] { TextOutput("/nowhere/at/all.txt", "all.txt"); }),
            "all.txt: writing failed: No such file or directory");
}

TEST(TextOutput, HasNoSliversWhereAMapEndsAt180Degrees) {
  const test::Folder folder;
  for (const auto& [name, west] : {std::pair{"east.geojson", 179.80000003}, {"west.geojson", 179.99999997}}) {
    RasterInfo map = test::map_info("EPSG:4326");
    map.georeference.geotransform = std::array<double, 6>{west, 0.01, 0, 10, 0, -0.01};
    const VectorSpec spec = test::spec_of(folder / name);
    test::write_layer(spec, map, {test::square(3, 0, 0, 20)});
    const DatasetPtr file = open_vector_dataset(spec.path);
    const OGRFeatureUniquePtr feature(file->GetLayer(0)->GetNextFeature());
    EXPECT_STREQ(feature->GetGeometryRef()->getGeometryName(), "POLYGON") << name;
    EXPECT_TRUE(feature->GetGeometryRef()->IsValid());
  }
}

TEST(LeftoversOfCsv, HaveTheProjectionWhereNoOtherFileMayNeedIt) {
  const test::Folder folder;
  for (const char* name : {"v.csv", "v.csvt", "v.prj", "v.tif", "v.tif.aux.xml", "other.asc"})
    write_file(folder / name, "");
  EXPECT_EQ(leftovers_of("CSV", folder / "v.csv"), (std::vector<std::string>{".csvt", ".prj"}));
  write_file(folder / "v.asc", "");
  EXPECT_EQ(leftovers_of("CSV", folder / "v.csv"), (std::vector<std::string>{".csvt"}));
}

}  // namespace
}  // namespace orthocover
