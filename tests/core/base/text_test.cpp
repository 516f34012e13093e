#include "core/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/plain_text.h"

namespace orthocover {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Text, OnOneLineHoldsNothingThatSteersATerminal) {
  EXPECT_EQ(one_line(" a\n\tb  c\x1b[2Jd\x7f"), "a b c [2Jd");
  EXPECT_EQ(one_line("a\xc2\x9b"
                     "2Jb"),
            "a 2Jb");
  EXPECT_EQ(one_line("a\xe2\x80\xae"
                     "b\xe2\x81\xa6"),
            "a b");
  EXPECT_EQ(one_line("caf\xc3\xa9 \xf0\x9f\x8c\xb2"), "caf\xc3\xa9 \xf0\x9f\x8c\xb2");
}

TEST(Text, ThatIsNotUtf8IsShownAsTheReplacementCharacter) {
  EXPECT_EQ(one_line("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(printable("\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd");  // overlong
  EXPECT_EQ(printable("\xed\xa0\x80").size(), 9U);               // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80").size(), 12U);          // beyond Unicode
  EXPECT_EQ(printable("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf");
}

TEST(Text, ForATerminalKeepsItsLinesAndTabs) {
  EXPECT_EQ(printable("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(printable("a\x1b[2Jb\r"), "a\xef\xbf\xbd[2Jb\xef\xbf\xbd");
}

TEST(Text, OffersTheNearestNameIfItIsNear) {
  const std::vector<std::string> names = {"overlap", "overwrite", "levels"};
  EXPECT_EQ(nearest_name("overlp", names), "overlap");
  EXPECT_EQ(nearest_name("level", names), "levels");
  EXPECT_EQ(nearest_name("zebra", names), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100 << 20, 'x'), names), std::nullopt) << "at once";
  EXPECT_EQ(did_you_mean("overwite", names), " (did you mean 'overwrite'?)");
}

TEST(Text, IsShortenedBetweenCharacters) {
  EXPECT_EQ(shortened("grass", 5), "grass");
  EXPECT_EQ(shortened("grasses", 5), "grass...");
  EXPECT_EQ(shortened("Dächer", 2), "D...");
  EXPECT_EQ(shortened("Dächer", 3), "Dä...");
}

TEST(Text, ReadsSizesWithOrWithoutUnit) {
  EXPECT_EQ(parse_bytes("800000", "--memory"), 800000U);
  EXPECT_EQ(parse_bytes("2GiB", "--memory"), 2ULL << 30);
  EXPECT_EQ(parse_bytes("512M", "--memory"), 512ULL << 20);
  EXPECT_EQ(parse_bytes("1.5 kb", "--memory"), 1536U);
}

TEST(Text, RefusesWhatIsNoSize) {
  for (const char* text : {"", "GiB", "-1", "2 parsecs", "1e30", "nan", "2GG"}) {
    try {
      parse_bytes(text, "--memory");
      ADD_FAILURE() << "accepted '" << text << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Usage);
      EXPECT_THAT(error.what(), HasSubstr("--memory: '"));
    }
  }
}

TEST(Text, WritesSizesAndTimesForPeople) {
  EXPECT_EQ(format_bytes(17), "17 B");
  EXPECT_EQ(format_bytes(3ULL << 29), "1.5 GiB");
  EXPECT_EQ(format_bytes(1023ULL << 20), "1023 MiB");
  EXPECT_EQ(format_bytes((1ULL << 30) - 1), "1 GiB");
  EXPECT_EQ(format_duration(4.23), "4.2 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(3720), "1 h 02 min");
}

TEST(Text, SplitsAndJoins) {
  EXPECT_THAT(split("1,2,,4", ','), ElementsAre("1", "2", "", "4"));
  EXPECT_THAT(split("1,", ','), ElementsAre("1", ""));
  EXPECT_TRUE(split("", ',').empty());
  EXPECT_EQ(join(std::vector<std::string>{"red", "green"}), "red, green");
}

TEST(Text, MakesMessagesOneLine) {
  EXPECT_EQ(one_line("a\n b\t\tc \n"), "a b c");
}

TEST(JsonText, IsWrittenWhateverBytesANameHas) {
  const nlohmann::ordered_json json = {{"name", "sc\xE9ne.tif"}, {"bands", 3}};
  EXPECT_EQ(json_line(json), "{\"name\":\"sc\xEF\xBF\xBDne.tif\",\"bands\":3}");
  EXPECT_EQ(json_document(json), "{\n  \"name\": \"sc\xEF\xBF\xBDne.tif\",\n  \"bands\": 3\n}\n");
}

TEST(ErrorKinds, AreTheExitCodes) {
  EXPECT_EQ(Error(ErrorKind::Usage, "x").exit_code(), 2);
  EXPECT_EQ(Error(ErrorKind::Data, "x").exit_code(), 3);
  EXPECT_EQ(Error(ErrorKind::Model, "x").exit_code(), 4);
  EXPECT_EQ(Error(ErrorKind::Resource, "x").exit_code(), 5);
  EXPECT_EQ(Error(ErrorKind::Internal, "x").exit_code(), 70);
  EXPECT_EQ(Error(ErrorKind::Cancelled, "x").exit_code(), 130);
}

}  // namespace
}  // namespace orthocover
