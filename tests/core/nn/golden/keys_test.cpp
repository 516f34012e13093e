#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/nn/weights/encoder_weights.h"
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

/// Loads a classifier named by the map's keys and looks for each tensor where the map says.
void expect_mapping(const nlohmann::json& mapping) {
  const auto network = build(mapping.at("to").get<std::string>().substr(kPrefix.size()), 3, 8);
  const nn::TensorMap state = nn::state_of(*network);
  const std::map<std::string, torch::Tensor> target(state.begin(), state.end());
  nn::TensorMap file;
  for (const auto& [source, name] : mapping.at("map").items()) {
    const torch::Tensor& own = target.at(name);
    file.emplace_back(source, torch::full_like(own.detach(), static_cast<double>(file.size())));
  }
  nn::load_encoder_weights(*network, file, mapping.at("from"));
  for (const auto& [source, tensor] : file) {
    const std::string name = mapping.at("map").at(source);
    EXPECT_TRUE(torch::equal(target.at(name), tensor)) << source << " -> " << name;
  }
}

TEST(Golden, ClassifiersOfEveryLayoutFindTheirPlaceInEveryEncoder) {
  const auto file = keys_folder() / "mapping.json";
  if (keys_folder().empty() || !std::filesystem::exists(file)) GTEST_SKIP() << "no keys/mapping.json";
  std::ifstream stream(file);
  const auto mappings = nlohmann::json::parse(stream);
  for (const auto& [name, mapping] : mappings.items()) {
    SCOPED_TRACE(name);
    EXPECT_NO_THROW(expect_mapping(mapping));
  }
}

}  // namespace
}  // namespace orthocover::golden
