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

TEST(TextTable, KeepsItsLinesWhateverItsCellsHold) {
  EXPECT_EQ(aligned({{"wet\nmeadow\x1B[2J", "1"}, {"grass", "22"}}),
            "wet meadow [2J   1\n"
            "grass           22\n");
}

TEST(TextTable, ShowsMarkupInMarkdownAsText) {
  EXPECT_EQ(markdown_cell("grass | trees"), "grass \\| trees");
  EXPECT_EQ(markdown_cell("<img src=x onerror=alert(1)>"), "\\<img src=x onerror=alert(1)>");
  EXPECT_EQ(markdown_cell("[a](javascript:b) `c` *d*"), "\\[a](javascript:b) \\`c\\` \\*d\\*");
  EXPECT_EQ(markdown_cell("back\\slash\nline"), "back\\\\slash line");
  EXPECT_EQ(markdown_cell("class_1 (95 %)"), "class_1 (95 %)");
}

TEST(TextTable, QuotesCellsOfCsvThatNeedIt) {
  EXPECT_EQ(csv_cell("lat\xe4.tif"), "lat\uFFFD.tif") << "a name that is no UTF-8";
  EXPECT_EQ(csv_cell("bare soil"), "bare soil");
  EXPECT_EQ(csv_cell("trees, tall"), "\"trees, tall\"");
  EXPECT_EQ(csv_cell("\"old\" roof"), "\"\"\"old\"\" roof\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
}

}  // namespace
}  // namespace orthocover
