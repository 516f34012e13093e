#include "cli/help.h"

#include <gtest/gtest.h>

#include "cli/program.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

TEST(Wrap, BreaksAtBlanksAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three", 7, 2), "one two\n  three");
  EXPECT_EQ(wrap("one two three", 100, 2), "one two three");
  EXPECT_EQ(wrap("", 7, 2), "");
}

TEST(Wrap, LeavesLongWordsWhole) {
  EXPECT_EQ(wrap("a incomprehensible b", 5, 0), "a\nincomprehensible\nb");
}

TEST(Wrap, FillsLinesToTheLastColumn) {
  EXPECT_EQ(wrap("aaa bbb ccc ddd", 11, 0), "aaa bbb ccc\nddd");
}

TEST(OperationHelp, ShowsOptionsByGroupWithTheirDefaults) {
  struct Options {
    int size = 512;
    bool fast = false;
  };
  OperationSpec spec;
  OperationTable<Options> table(spec);
  table.name("tile").summary("Cut tiles");
  table.add("size", &Options::size, ParameterKind::Number, "Side of a tile")
      .range(1, 1000)
      .unit("px")
      .short_name('s');
  table.add("fast", &Options::fast, ParameterKind::Flag, "Be fast").group("Speed");
  EXPECT_EQ(operation_help(spec, {}),
            "Cut tiles\n\n"
            "Usage: orthocover tile [options]\n\n"
            "Options:\n"
            "  -s, --size N                  Side of a tile (1..1000 px) [default: 512]\n\n"
            "Speed:\n"
            "      --fast                    Be fast\n");
}

TEST(OperationHelp, OffersNoPageThatThereIsNot) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_program({"help", "help"}, {}), 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "orthocover: help: no such operation; see orthocover --help\n");
}

}  // namespace
}  // namespace orthocover
