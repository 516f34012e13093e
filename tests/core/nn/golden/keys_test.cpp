#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "core/nn/weights/tensor_map.h"
#include "golden_case.h"

namespace orthocover::golden {
namespace {

constexpr std::string_view kPrefix = "smp_";

bool is_key_list(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  return name.starts_with(kPrefix) && name.ends_with(".json") && !name.ends_with(".modules.json") &&
         !name.starts_with("smp_deeplabv3_");  // plain DeepLabV3 is not built
}

std::pair<std::string, torch::Tensor> expected_entry(const nlohmann::json& entry) {
  const auto dtype = entry.at("dtype") == "int64" ? torch::kLong : torch::kFloat;
  return {entry.at("key"), torch::empty(entry.at("shape").get<std::vector<std::int64_t>>(), dtype)};
}

void expect_keys(const std::filesystem::path& file) {
  std::ifstream stream(file);
  const auto json = nlohmann::json::parse(stream);
  std::vector<std::pair<std::string, torch::Tensor>> expected;
  for (const auto& entry : json.at("entries")) expected.push_back(expected_entry(entry));
  const auto stem = expected.front().second;
  const auto head = expected.back().second;
  const auto network = build(file.stem().string().substr(kPrefix.size()), static_cast<int>(stem.size(1)),
                             static_cast<int>(head.size(0)));
  const auto state = nn::state_of(*network);
  ASSERT_EQ(state.size(), expected.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(state[i].first, expected[i].first);
    EXPECT_EQ(state[i].second.sizes(), expected[i].second.sizes()) << state[i].first;
    EXPECT_EQ(state[i].second.scalar_type(), expected[i].second.scalar_type()) << state[i].first;
  }
}

TEST(Golden, StateDictsHaveTheKeysShapesAndOrderOfTheReference) {
  if (keys_folder().empty()) GTEST_SKIP() << "no folder keys in ORTHOCOVER_ORACLE_DIR";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(keys_folder())) {
    if (!is_key_list(entry.path())) continue;
    SCOPED_TRACE(entry.path().filename());
    EXPECT_NO_THROW(expect_keys(entry.path()));
    ++files;
  }
  EXPECT_GT(files, 0) << "no key list in " << keys_folder();
}

}  // namespace
}  // namespace orthocover::golden
