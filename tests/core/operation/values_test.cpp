#include "core/operation/values.h"

#include <gmock/gmock.h>

#include "core/base/atomic_file.h"
#include "core/operation/arguments.h"
#include "sample_operation.h"

namespace orthocover {
namespace {

using Json = nlohmann::json;

std::string refused(const Json& config) {
  return refusal([&] {
    const OperationSpec spec = sample_spec();
    Json values = default_values(spec);
    apply_config(spec, config, "run.json", values);
  });
}

TEST(Values, StartAsTheInitialisersOfTheOptions) {
  const Json values = default_values(sample_spec());
  EXPECT_EQ(values.at("overlap"), 0.25);
  EXPECT_EQ(values.at("ground_size"), nullptr);
  EXPECT_EQ(values.at("blend"), true);
}

TEST(Values, ReachTheOptionsStruct) {
  OperationSpec spec;
  const auto table = sample_table(spec);
  Json values = default_values(spec);
  apply_config(spec, Json{{"input", {"a", "b"}}, {"ground_size", 0.07}, {"bands", {3, 1}}}, "run.json",
               values);
  const SampleOptions options = table.parse(values);
  EXPECT_EQ(options.inputs, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.ground_size, 0.07);
  EXPECT_EQ(options.bands, (std::vector<int>{3, 1}));
  EXPECT_EQ(options.levels, 3);
}

TEST(Values, LeaveProvenanceOfARunRecordAside) {
  EXPECT_EQ(refused({{"$schema", "x"}, {"operation", "sample"}, {"orthocover", {{"version", "9"}}}}),
            "nothing");
}

TEST(Values, RefuseTheConfigOfAnotherOperation) {
  EXPECT_EQ(refused({{"operation", "train"}}),
            "Usage: run.json: is a config of the operation \"train\", not of 'sample'");
}

TEST(Values, RefuseUnknownKeysWithTheNearestName) {
  EXPECT_EQ(refused({{"overlapp", 0.1}}),
            "Usage: run.json: 'overlapp' is not an option of sample (did you mean 'overlap'?)");
}

TEST(Values, RefuseWrongTypesAndRanges) {
  EXPECT_EQ(refused({{"overlap", 0.7}}), "Usage: run.json: overlap: 0.7 is outside 0..0.5");
  EXPECT_EQ(refused({{"overlap", "0.1"}}), "Usage: run.json: overlap: '0.1' is not a number");
  EXPECT_EQ(refused({{"levels", 2.0}}), "Usage: run.json: levels: 2.0 is not a whole number");
  EXPECT_EQ(refused({{"seed", 18446744073709551615ULL}}),
            "Usage: run.json: seed: 18446744073709551615 is too large a number");
  EXPECT_EQ(refused({{"bands", 1}}), "Usage: run.json: bands: 1 is not a list");
  EXPECT_EQ(refused({{"bands", {1, "2"}}}), "Usage: run.json: bands: '2' is not a whole number");
  EXPECT_EQ(refused({{"overwrite", 1}}), "Usage: run.json: overwrite: 1 is not true or false");
  EXPECT_EQ(refused({{"output", nullptr}}), "Usage: run.json: output: null is not a text");
  EXPECT_EQ(refused({{"output", std::string("a\0b", 3)}}),
            "Usage: run.json: output: contains a zero character");
}

TEST(Values, SayWhatIsMissingAndHowItIsUsed) {
  const OperationSpec spec = sample_spec();
  Json values = default_values(spec);
  EXPECT_EQ(refusal([&] { check_complete(spec, values); }),
            "Usage: INPUT is missing; usage: orthocover sample [options] INPUT... OUTPUT");
  values["input"] = {"a"};
  values["output"] = "b";
  EXPECT_EQ(refusal([&] { check_complete(spec, values); }), "nothing");
}

TEST(Values, RefuseConfigFilesThatAreNoJsonObjects) {
  const auto path = std::filesystem::path(testing::TempDir()) / "values_test_config.json";
  const auto read = [&](std::string_view text) {
    write_file_atomically(path, text);
    return refusal([&] { read_config(path); });
  };
  EXPECT_EQ(read("{}"), "nothing");
  EXPECT_EQ(read("[1]"),
            "Usage: " + path.string() + ": is not a run config; a JSON object of options is wanted");
  EXPECT_EQ(read("{\"a\": }").substr(0, path.string().size() + 28),
            "Usage: " + path.string() + ": is not valid JSON: ");
  EXPECT_THAT(read(std::string(200000, '[')), testing::HasSubstr("nested more than 64 levels deep"));
  std::filesystem::remove(path);
  EXPECT_EQ(refusal([&] { read_config(path); }), "Data: " + path.string() + ": no such file");
}

}  // namespace
}  // namespace orthocover
