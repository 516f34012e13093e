#include "core/operations/results/fact_list.h"

#include <gtest/gtest.h>

namespace orthocover {
namespace {

TEST(FactList, AlignsWhatThereIs) {
  FactList list("map.tif: 3 x 2 px");
  list.add("bands", "1 Byte").add("licence", "").add("ground size", "0.1 m").advise("give it a CRS");
  EXPECT_EQ(list.text(),
            "map.tif: 3 x 2 px\n"
            "  bands        1 Byte\n"
            "  ground size  0.1 m\n"
            "Advice:\n"
            "  - give it a CRS\n");
}

TEST(FactList, SendsNoControlCharactersOfAModelToTheTerminal) {
  FactList list("model\x1B]0;title\x07 1.0");
  list.add("licence", "MIT\n  sha256  0000 (intact)\x1B[2J").advise("a\nb");
  EXPECT_EQ(list.text(),
            "model ]0;title 1.0\n"
            "  licence  MIT sha256 0000 (intact) [2J\n"
            "Advice:\n"
            "  - a b\n");
}

}  // namespace
}  // namespace orthocover
