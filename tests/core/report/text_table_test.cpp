#include "core/report/text_table.h"

#include <gtest/gtest.h>

namespace orthocover {
namespace {

TEST(TextTable, PadsColumnsToTheirWidestCell) {
  EXPECT_EQ(aligned({{"class", "m2"}, {"grass", "1234.5"}, {"bâti", "7"}}),
            "class      m2\n"
            "grass  1234.5\n"
            "bâti        7\n");
  EXPECT_EQ(aligned({{"1", "grass", "10"}, {"", "all", ""}}, 2),
            "1  grass  10\n"
            "   all\n");
}

TEST(TextTable, QuotesCellsOfCsvThatNeedIt) {
  EXPECT_EQ(csv_cell("bare soil"), "bare soil");
  EXPECT_EQ(csv_cell("trees, tall"), "\"trees, tall\"");
  EXPECT_EQ(csv_cell("\"old\" roof"), "\"\"\"old\"\" roof\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
}

}  // namespace
}  // namespace orthocover
