#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/report/html_page.h"
#include "core/report/text_table.h"

namespace orthocover {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HtmlPage, EscapesEveryText) {
  HtmlPage page("a < b & \"c\"");
  page.heading("<script>");
  page.table({{"x<y"}, {{"<td>"}}, {}, false});
  const std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("<title>a &lt; b &amp; &quot;c&quot;</title>"));
  EXPECT_THAT(text, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(text, HasSubstr("<td>&lt;td&gt;</td>"));
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
}

TEST(HtmlPage, NeedsNothingFromElsewhere) {
  HtmlPage page("t");
  page.picture(std::array<std::uint8_t, 4>{'M', 'a', 'n', '!'}, "c");
  EXPECT_THAT(page.text(), HasSubstr("src=\"data:image/png;base64,TWFuIQ==\""));
  EXPECT_THAT(page.text(), Not(HasSubstr("http")));
}

TEST(HtmlPage, ShadesAMatrixByTheShareOfItsRow) {
  HtmlPage page("t");
  page.matrix({"truth", "map", {"a", "b"}, {{3, 1}, {0, 0}}});
  EXPECT_THAT(page.text(), HasSubstr("rgba(var(--shade),0.56)\" title=\"75.0 %\">3</td>"));
  EXPECT_THAT(page.text(), HasSubstr("title=\"0.0 %\">0</td>"));
}

TEST(HtmlPage, DrawsEveryPointOfALineInsideItsFrame) {
  HtmlPage page("t");
  page.chart({"step", "loss", {{"train", {{0, 2}, {10, 1}}}}, std::pair(0.0, 2.0), false, false});
  EXPECT_THAT(page.text(), HasSubstr("d=\"M56.0 22.0L720.0 141.0\""));
  HtmlPage empty("t");
  empty.chart({"step", "loss", {{"train", {}}}, std::nullopt, false, false});
  EXPECT_THAT(empty.text(), HasSubstr("<svg"));
}

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
