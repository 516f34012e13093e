#include "core/base/atomic_file.h"
#include "core/base/strict_json.h"
#include "core/nn/model_package.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/safetensors.h"
#include "tests/core/nn/weights/temporary_folder.h"
#include "tests/core/nn/weights/torch_writer.h"
#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {
namespace {

using nn::MemoryBytes;
using nn::ModelManifest;
using nn::TensorMap;

/// Reads every element, so that a tensor that reaches beyond its memory is noticed.
void touch(const TensorMap& tensors) {
  for (const auto& [name, tensor] : tensors) tensor.clone();
}

TensorMap sample_tensors() {
  return {{"model.a.weight", torch::arange(6, torch::kFloat32).reshape({2, 3}).t()},
          {"model.b", torch::ones({3}, torch::kFloat16)},
          {"model.c", torch::tensor({true, false})},
          {"model.n", torch::tensor(4, torch::kInt64)}};
}

std::vector<std::string> safetensors_seeds() {
  const nn::TemporaryFolder folder;
  nn::write_safetensors(folder / "a", sample_tensors(), {{"licence", "CC0-1.0"}});
  nn::write_safetensors(folder / "b", {});
  return {read_small_file(folder / "a", 1 << 16), read_small_file(folder / "b", 1 << 16)};
}

std::vector<std::string> checkpoint_seeds() {
  return {nn::torch_archive(sample_tensors(), {"state_dict"}), nn::torch_stream(sample_tensors(), {"model"}),
          nn::torch_archive({}), nn::torch_stream({{"w", torch::ones({1})}})};
}

std::vector<std::string> manifest_seeds() {
  ModelManifest manifest;
  manifest.name = "meadow";
  manifest.architecture = "orthonet-small";
  manifest.bands = {{"red", 0.5, 0.2}, {"nir", 0.3, 0.25}};
  manifest.levels = {{1, 0.7, 1.1}, {2, 0.3, 0.9}};
  manifest.legend = Legend::numbered(3);
  manifest.weights_sha256 = std::string(64, 'a');
  return {nn::to_json(manifest).dump(), nn::to_json(manifest).dump(1)};
}

std::vector<std::string> legend_seeds() {
  return {Legend::numbered(3).to_json().dump(),
          R"([{"value": 7, "name": "trees \u00e9", "color_hint": "00ff7f", "description": "tall"}])"};
}

/// What was accepted must be written in a form that is accepted again.
void read_manifest(std::string_view text) {
  const auto manifest = nn::manifest_from_json(parse_strict_json(text, "fuzz"), "fuzz");
  const std::string written = nn::to_json(manifest).dump();
  try {
    nn::manifest_from_json(parse_strict_json(written, "written"), "written");
  } catch (const Error& error) {
    throw internal_error("a manifest was accepted, its written form is not: {}", error.what());
  }
}

void read_legend(std::string_view text) {
  const auto json = Legend::from_json(parse_strict_json(text, "fuzz"), "fuzz").to_json();
  const std::string written = json.dump();
  if (Legend::from_json(parse_strict_json(written, "written"), "written").to_json() != json)
    throw internal_error("a legend changed when it was written and read again");
}

}  // namespace

FuzzReader safetensors_reader() {
  return {"safetensors",
          [](std::span<const std::byte> bytes) {
            expect_refusal_or_success(
                {ErrorKind::Model}, [&] { touch(nn::read_safetensors(MemoryBytes(bytes, "fuzz")).tensors); });
          },
          safetensors_seeds};
}

FuzzReader checkpoint_reader() {
  return {"checkpoint",
          [](std::span<const std::byte> bytes) {
            expect_refusal_or_success({ErrorKind::Model},
                                      [&] { touch(nn::read_checkpoint(MemoryBytes(bytes, "fuzz"))); });
          },
          checkpoint_seeds};
}

FuzzReader manifest_reader() {
  return {"manifest",
          [](std::span<const std::byte> bytes) {
            expect_refusal_or_success({ErrorKind::Model}, [&] { read_manifest(text_of(bytes)); });
          },
          manifest_seeds};
}

FuzzReader legend_reader() {
  return {"legend",
          [](std::span<const std::byte> bytes) {
            expect_refusal_or_success({ErrorKind::Model}, [&] { read_legend(text_of(bytes)); });
          },
          legend_seeds};
}

}  // namespace orthocover::fuzz
