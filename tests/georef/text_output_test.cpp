#include "georef/text_output.h"

#include <gtest/gtest.h>

#include "core/base/atomic_file.h"
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

}  // namespace
}  // namespace orthocover
