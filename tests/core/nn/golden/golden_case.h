#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/nn/network.h"

namespace orthocover::golden {

/// One JSON file of reference numbers.
struct Case {
  std::filesystem::path file;
  nlohmann::json json;

  std::string name() const { return file.stem().string(); }
};

/// Folder with the cases: `golden` below ORTHOCOVER_ORACLE_DIR, or that folder itself, or else the cases that
/// ship.
std::filesystem::path cases_folder();
/// Folder `keys` beside or in ORTHOCOVER_ORACLE_DIR; empty where there is none.
std::filesystem::path keys_folder();

/// All cases with the member `member`, by name. Files that are not JSON objects fail the test.
std::vector<Case> cases_with(const std::string& member);

/// The network that a name of the reference stands for, e.g. `deeplabv3plus_tu-resnet34_os8`, filled by the
/// formula. Random parts of training are off.
/// @throws std::invalid_argument when the name is unknown
std::shared_ptr<nn::SegmentationNetwork> build(const std::string& model, int bands, int classes);

/// float32 values of a .npy file of this shape.
torch::Tensor read_npy(const std::filesystem::path& file, const std::vector<std::int64_t>& shape);

/// Expects the statistics and samples in `reference` (shape, mean, std, min, max, first4, at_i_numel_div_8,
/// each optional) within `tolerance` of the largest magnitude.
void expect_summary(const torch::Tensor& tensor, const nlohmann::json& reference, double tolerance);

}  // namespace orthocover::golden
