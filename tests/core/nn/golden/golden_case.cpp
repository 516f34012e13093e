#include "golden_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <stdexcept>

#include "core/base/text.h"
#include "formula.h"

namespace orthocover::golden {

namespace {

const char* oracle() {
  return std::getenv("ORTHOCOVER_ORACLE_DIR");
}

double largest_magnitude(const torch::Tensor& tensor) {
  return tensor.abs().max().item<double>();
}

/// @param parts value i lies at floor(i * numel / parts); 0: at i
void expect_samples(const torch::Tensor& flat, const nlohmann::json& values, std::int64_t parts,
                    double limit) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const auto at = parts == 0 ? index : index * flat.numel() / parts;
    EXPECT_NEAR(flat[at].item<double>(), values[i].get<double>(), limit) << "value " << at;
  }
}

}  // namespace

std::filesystem::path cases_folder() {
  if (oracle() == nullptr) return ORTHOCOVER_GOLDEN_CASES;
  const std::filesystem::path root(oracle());
  return std::filesystem::is_directory(root / "golden") ? root / "golden" : root;
}

std::filesystem::path keys_folder() {
  if (oracle() == nullptr) return {};
  for (const auto& folder : {std::filesystem::path(oracle()) / "keys", cases_folder().parent_path() / "keys"})
    if (std::filesystem::is_directory(folder)) return folder;
  return {};
}

std::vector<Case> cases_with(const std::string& member) {
  std::vector<Case> cases;
  for (const auto& entry : std::filesystem::directory_iterator(cases_folder())) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream stream(entry.path());
    auto json = nlohmann::json::parse(stream, nullptr, /*allow_exceptions=*/false);
    EXPECT_TRUE(json.is_object()) << entry.path() << " is not a JSON object";
    if (json.is_object() && json.contains(member)) cases.push_back({entry.path(), std::move(json)});
  }
  std::ranges::sort(cases, {}, &Case::file);
  return cases;
}

std::shared_ptr<nn::SegmentationNetwork> build(const std::string& model, int bands, int classes) {
  static const std::regex kName(
      "(deeplabv3plus|unet)_(resnet34|tu-resnet34|efficientnet-b5|tu-efficientnet_b5|tu-tf_efficientnet_b5|"
      "timm-efficientnet-b5)(?:_os(8|16|32))?(?:_c[0-9]+)?");
  std::smatch match;
  if (!std::regex_match(model, match, kName)) throw std::invalid_argument("model '" + model + "' is unknown");
  const std::string decoder = match[1];
  const std::string encoder = match[2];
  const bool resnet = encoder.ends_with("resnet34");

  nn::NetworkOptions options{bands, classes, {{"encoder_variant", encoder}}};
  if (!resnet) options.options["drop_connect"] = 0;
  if (decoder == "deeplabv3plus") options.options["dropout"] = 0;
  if (match[3].matched) options.options["output_stride"] = std::stoi(match[3]);
  auto network = nn::make_network(decoder + (resnet ? "-resnet34" : "-efficientnet-b5"), options);
  fill_weights(*network);
  return network;
}

torch::Tensor read_npy(const std::filesystem::path& file, const std::vector<std::int64_t>& shape) {
  std::ifstream stream(file, std::ios::binary);
  std::string start(10, '\0');
  stream.read(start.data(), 10);
  const auto header_bytes =
      static_cast<unsigned char>(start[8]) + 256U * static_cast<unsigned char>(start[9]);
  std::string header(header_bytes, '\0');
  stream.read(header.data(), header_bytes);
  if (!stream || !start.starts_with("\x93NUMPY\x01") || header.find("'<f4'") == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos)
    throw std::invalid_argument(file.string() + " is not a .npy file of float32 in C order");
  auto tensor = torch::empty(shape, torch::kFloat);
  stream.read(static_cast<char*>(tensor.data_ptr()), tensor.numel() * 4);
  if (!stream || stream.peek() != EOF)
    throw std::invalid_argument(file.string() + " has another size than its JSON");
  return tensor;
}

void expect_summary(const torch::Tensor& tensor, const nlohmann::json& reference, double tolerance) {
  if (reference.contains("shape")) {
    ASSERT_EQ(tensor.sizes().vec(), reference["shape"].get<std::vector<std::int64_t>>());
  }
  const auto flat = tensor.detach().to(torch::kDouble).flatten();
  double largest = largest_magnitude(flat);
  for (const char* bound : {"min", "max"}) largest = std::max(largest, std::abs(reference.value(bound, 0.0)));
  const double limit = tolerance * largest;
  const auto expect_value = [&](const char* name, const torch::Tensor& value) {
    if (reference.contains(name)) {
      EXPECT_NEAR(value.item<double>(), reference[name].get<double>(), limit) << name;
    }
  };
  expect_value("mean", flat.mean());
  expect_value("std", flat.std(/*unbiased=*/false));
  expect_value("min", flat.min());
  expect_value("max", flat.max());
  if (reference.contains("first4")) expect_samples(flat, reference["first4"], 0, limit);
  if (reference.contains("at_i_numel_div_8")) expect_samples(flat, reference["at_i_numel_div_8"], 8, limit);
}

}  // namespace orthocover::golden
