#include "core/operation/arguments.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "sample_operation.h"
#include "tests/core/operations/test_folder.h"

namespace orthocover {
namespace {

using Words = std::vector<std::string>;
using Json = nlohmann::json;

Json parse(const Words& words) {
  return parse_arguments(sample_spec(), words);
}

std::string refused(const Words& words) {
  return refusal([&] { parse(words); });
}

TEST(Arguments, HoldOnlyWhatWasGiven) {
  EXPECT_EQ(parse({}), Json::object());
  EXPECT_EQ(parse({"--overlap", "0.1"}), (Json{{"overlap", 0.1}}));
}

TEST(Arguments, TakeValuesAfterBlankEqualsAndShortName) {
  for (const Words& words :
       {Words{"--overlap", "0.1"}, Words{"--overlap=0.1"}, Words{"-o", "0.1"}, Words{"-o=0.1"}}) {
    EXPECT_EQ(parse(words), (Json{{"overlap", 0.1}})) << words.front();
  }
}

TEST(Arguments, LetTheLastOneCount) {
  EXPECT_EQ(parse({"--levels", "1", "--levels", "2"}), (Json{{"levels", 2}}));
  EXPECT_EQ(parse({"--bands", "1,2", "--bands", "3"}), (Json{{"bands", {3}}}));
}

TEST(Arguments, RefuseASecondFileWhereOneIsWritten) {
  OperationSpec spec;
  OperationTable<SampleOptions> table(spec);
  table.add("vector", &SampleOptions::output, ParameterKind::VectorOut, "Polygons");
  const auto twice = [&](const char* first, const char* second) {
    return parse_arguments(spec, {"--vector", first, "--vector", second}).at("vector");
  };
  EXPECT_EQ(twice("a.shp", "a.shp"), "a.shp");
  for (const char* first : {"gpkg", ".gpkg", "a.shp"}) EXPECT_EQ(twice(first, ".shp"), ".shp") << "a format";
  EXPECT_EQ(twice("gpkg", "maps/"), "maps/");
  EXPECT_EQ(refusal([&] { twice("a.shp", "b\xff.gpkg"); }),
            "Usage: --vector: is given as \"a.shp\" and as \"b\xef\xbf\xbd.gpkg\"; one can be made");
}

TEST(Arguments, TakeANameWithACommaWholeWhereItIsThere) {
  const test::TestFolder folder;
  const std::string layer = fmt::format("{}|layername=a", folder.write("my,plots.gpkg", ""));
  OperationSpec spec;
  OperationTable<SampleOptions> table(spec);
  table.add("labels", &SampleOptions::inputs, ParameterKind::VectorIn, "Labels");
  EXPECT_EQ(parse_arguments(spec, {"--labels", layer}).at("labels"), Json::array({layer}));
  EXPECT_EQ(parse_arguments(spec, {"--labels", "a,b"}).at("labels"), Json({"a", "b"}));
  const std::string first = fmt::format("{}|layername=x", folder.write("c.gpkg", "")),
                    second = "d|layername=y";
  EXPECT_EQ(parse_arguments(spec, {"--labels", fmt::format("{},{}", first, second)}).at("labels"),
            Json({first, second}));
}

TEST(Arguments, TurnFlagsOnAndOff) {
  EXPECT_EQ(parse({"--overwrite", "--no-blend"}), (Json{{"overwrite", true}, {"blend", false}}));
  EXPECT_EQ(parse({"--overwrite=no"}), (Json{{"overwrite", false}}));
  EXPECT_EQ(refused({"--overwrite=perhaps"}), "Usage: --overwrite: 'perhaps' is not yes or no");
}

TEST(Arguments, GiveTheLastPositionalToTheOutput) {
  EXPECT_EQ(parse({"a.tif", "out.tif"}), (Json{{"input", {"a.tif"}}, {"output", "out.tif"}}));
  EXPECT_EQ(parse({"a.tif", "--levels", "2", "b.tif", "out"}),
            (Json{{"input", {"a.tif", "b.tif"}}, {"output", "out"}, {"levels", 2}}));
  EXPECT_EQ(parse({"a.tif"}), (Json{{"input", {"a.tif"}}}));
}

TEST(Arguments, ReadListsWithCommas) {
  EXPECT_EQ(parse({"--bands", "4,2,1"}), (Json{{"bands", {4, 2, 1}}}));
  EXPECT_EQ(refused({"--bands", "4,,1"}), "Usage: --bands: '' is not a whole number");
}

TEST(Arguments, AppendRepeatedOptionsWithTheirCommas) {
  EXPECT_EQ(parse({"--co", "A=1,2", "--co", "B=3"}), (Json{{"co", {"A=1,2", "B=3"}}}));
}

TEST(Arguments, ReadABoxInARowOrWithCommasAlsoWithNegativeNumbers) {
  const Json box = {{"box", {-5.5, 10, 20, -1e3}}};
  EXPECT_EQ(parse({"--box", "-5.5", "10", "20", "-1e3"}), box);
  EXPECT_EQ(parse({"--box=-5.5,10,20,-1e3"}), box);
  EXPECT_EQ(parse({"--box", "-5.5,10,20,-1e3"}), box);
  EXPECT_EQ(refused({"--box", "1", "2"}), "Usage: --box: needs 4 values");
  EXPECT_EQ(refused({"--box", "1,2,3"}), "Usage: --box: has 3 values, 4 are needed");
}

TEST(Arguments, EndOptionsAtADoubleDash) {
  EXPECT_EQ(parse({"--", "-a.tif", "--levels"}), (Json{{"input", {"-a.tif"}}, {"output", "--levels"}}));
}

TEST(Arguments, RefuseUnknownOptionsWithTheNearestName) {
  EXPECT_EQ(refused({"--overlpa", "1"}), "Usage: --overlpa: no such option (did you mean --overlap?)");
  EXPECT_EQ(refused({"-co", "A=1"}), "Usage: -co: no such option (did you mean --co?)");
  EXPECT_EQ(refused({"--xyzzy-plugh"}), "Usage: --xyzzy-plugh: no such option; see orthocover sample --help");
  EXPECT_EQ(refused({"--input", "a"}).substr(0, 30), "Usage: --input: no such option");
  EXPECT_EQ(refused({"-a.tif"}), "Usage: -a.tif: no such option; if it is a file, write ./-a.tif");
}

TEST(Arguments, RefuseAMissingValueAndDoNotSwallowTheNextOption) {
  EXPECT_EQ(refused({"--overlap"}), "Usage: --overlap: needs a value");
  EXPECT_EQ(
      refused({"--fusion", "--levels", "2"}),
      "Usage: --fusion: needs a value, found the option --levels (write --fusion=--levels if that is the "
      "value)");
}

TEST(Arguments, RefuseWrongValuesWithWhatIsAllowed) {
  EXPECT_EQ(refused({"--overlap", "0.7"}), "Usage: --overlap: 0.7 is outside 0..0.5");
  EXPECT_EQ(refused({"--overlap", "nan"}), "Usage: --overlap: 'nan' is not a number");
  EXPECT_EQ(refused({"--levels", "2.5"}), "Usage: --levels: '2.5' is not a whole number");
  EXPECT_EQ(refused({"--levels", "0"}), "Usage: --levels: 0 is too small, at least 1 is allowed");
  EXPECT_EQ(refused({"--levels", "4294967297"}), "Usage: --levels: 4294967297 is too large a number");
  EXPECT_EQ(refused({"--seed", "99999999999999999999"}),
            "Usage: --seed: '99999999999999999999' is not a whole number");
  EXPECT_EQ(
      refused({"--fusion", "log-liner"}),
      "Usage: --fusion: 'log-liner' is not one of log-linear, mean-softmax (did you mean 'log-linear'?)");
}

TEST(Arguments, TakeNamesOfInputsFromAFile) {
  const test::TestFolder folder;
  const std::string list =
      fmt::format("@{}", folder.write("scenes.txt", "\xEF\xBB\xBF  x/a b.tif \r\n\n,c.tif\t\n"));
  EXPECT_EQ(parse({list, "d.tif", "maps"}),
            (Json{{"input", {"x/a b.tif", ",c.tif", "d.tif"}}, {"output", "maps"}}));
  EXPECT_EQ(parse({"a.tif", list}).at("output"), list) << "not an output's";
  EXPECT_NE(refused({list, folder / "scenes.txt"}).find("is the list of inputs"), std::string::npos);
  EXPECT_EQ(refused({fmt::format("@{}", folder.write("none.txt", "\n")), "maps"}).substr(0, 14),
            "Usage: INPUT: ");
  const std::string found = fmt::format("@{}", folder.write("print0", std::string(" a\nb.tif\0c.tif\0", 15)));
  EXPECT_EQ(parse({found, "maps"}).at("input"), Json({" a\nb.tif", "c.tif"})) << "names as they are";
  EXPECT_EQ(refused({"@nowhere.txt", "maps"}), "Data: nowhere.txt: no such file");
  EXPECT_EQ(refused({"@/", "maps"}), "Data: /: is no regular file");
  const std::string image = fmt::format("@{}", folder.write("a.tif", std::string("II*\0\x08\0\0\0", 8)));
  EXPECT_EQ(
      refused({image, "maps"}),
      fmt::format("Usage: INPUT: {} is no list of names; to give the file itself leave the @ out", image));
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::jthread writer([&] { std::ofstream(pipe) << "a.tif\nb.tif\n"; });
  EXPECT_EQ(parse({"@" + pipe, "maps"}).at("input"), Json({"a.tif", "b.tif"}));
}

TEST(Arguments, RefuseOutputsThatAreNoFiles) {
  EXPECT_EQ(refused({"a.tif", "/vsistdout/"}),
            "Usage: OUTPUT: '/vsistdout/' is no file on a disk, as outputs are");
  EXPECT_EQ(refused({"", "map.tif"}), "Usage: INPUT: is empty; give a name, or leave it out");
}

TEST(Arguments, TakeWhatIsLeftOfStandardInput) {
  const test::TestFolder folder;
  const int input = open(folder.write("list", "read\na.tif\nb.tif\n").c_str(), O_RDONLY);
  lseek(input, 5, SEEK_SET);
  dup2(input, STDIN_FILENO);
  EXPECT_EQ(parse({"@-", "maps"}).at("input"), Json({"a.tif", "b.tif"}));
  close(input);
  std::clearerr(stdin);
  std::cin.clear();  // for what is read next
}

}  // namespace
}  // namespace orthocover
