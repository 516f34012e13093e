#include "core/report/html_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

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

}  // namespace
}  // namespace orthocover
