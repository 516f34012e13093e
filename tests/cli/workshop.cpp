#include "tests/cli/workshop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/nn/model_package.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::test {
namespace {

nn::ModelManifest small_model(int bands) {
  nn::ModelManifest manifest;
  manifest.name = "small";
  manifest.architecture = "orthonet-small";
  for (int b = 0; b < bands; ++b) manifest.bands.push_back({"band_" + std::to_string(b + 1), 0.5, 0.25});
  manifest.patch_size_px = 64;
  manifest.levels = {{1, 1, 1}};
  manifest.legend = two_classes();
  manifest.licence = "MIT";
  return manifest;
}

}  // namespace

Workshop::Workshop(int bands) {
  torch::manual_seed(1);
  nn::ModelManifest manifest = small_model(bands);
  const auto network = nn::make_network(manifest.architecture, manifest.network());
  nn::save_model_package(*this / "model", manifest, nn::state_of(*network), true, false);
}

Outcome Workshop::run(std::vector<std::string> words) const {
  words.insert(words.end(), {"--progress", "none"});
  return run_child(ORTHOCOVER_PROGRAM, words);
}

Outcome Workshop::segment(const std::vector<std::string>& words) const {
  std::vector<std::string> all = {"segment", "--model", *this / "model", "--device", "cpu", "--threads", "1"};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

void Workshop::expect_refusal(const std::vector<std::string>& words, int exit_code,
                              const std::vector<std::string>& parts) const {
  const std::vector<std::string> before = names();
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.errors;
  EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
  EXPECT_TRUE(outcome.errors.starts_with("orthocover " + words.front() + ": ")) << outcome.errors;
  std::size_t from = 0;
  for (const std::string& part : parts) {
    const std::size_t at = outcome.errors.find(part, from);
    EXPECT_NE(at, std::string::npos) << "'" << part << "' is not in: " << outcome.errors;
    if (at != std::string::npos) from = at;
  }
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(names(), before);
}

std::string bytes_of_file(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace orthocover::test
