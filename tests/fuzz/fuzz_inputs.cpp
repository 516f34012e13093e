#include "tests/fuzz/fuzz_inputs.h"

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/nn/model_package.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/safetensors.h"
#include "core/nn/weights/strict_json.h"
#include "tests/core/nn/weights/temporary_folder.h"
#include "tests/core/nn/weights/torch_writer.h"

namespace orthocover::nn {
namespace {

/// Runs a reader; refusals of weights are what hostile input should end in.
template <class Read>
void expect_refusal_or_success(Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Model) throw;
  }
}

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
  const TemporaryFolder folder;
  write_safetensors(folder / "a", sample_tensors(), {{"licence", "CC0-1.0"}});
  write_safetensors(folder / "b", {});
  return {read_small_file(folder / "a", 1 << 16), read_small_file(folder / "b", 1 << 16)};
}

std::vector<std::string> checkpoint_seeds() {
  return {torch_archive(sample_tensors(), {"state_dict"}), torch_stream(sample_tensors(), {"model"}),
          torch_archive({}), torch_stream({{"w", torch::ones({1})}})};
}

std::vector<std::string> manifest_seeds() {
  ModelManifest manifest;
  manifest.name = "meadow";
  manifest.architecture = "orthonet-small";
  manifest.bands = {{"red", 0.5, 0.2}, {"nir", 0.3, 0.25}};
  manifest.levels = {{1, 0.7, 1.1}, {2, 0.3, 0.9}};
  manifest.legend = Legend::numbered(3);
  manifest.weights_sha256 = std::string(64, 'a');
  return {to_json(manifest).dump(), to_json(manifest).dump(1)};
}

}  // namespace

FuzzReader fuzz_safetensors() {
  return {"safetensors",
          [](std::span<const std::byte> bytes) {
            expect_refusal_or_success([&] { touch(read_safetensors(MemoryBytes(bytes, "fuzz")).tensors); });
          },
          safetensors_seeds};
}

FuzzReader fuzz_checkpoint() {
  return {"checkpoint",
          [](std::span<const std::byte> bytes) {
            expect_refusal_or_success([&] { touch(read_checkpoint(MemoryBytes(bytes, "fuzz"))); });
          },
          checkpoint_seeds};
}

FuzzReader fuzz_manifest() {
  return {"manifest",
          [](std::span<const std::byte> bytes) {
            const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            expect_refusal_or_success(
                [&] { to_json(manifest_from_json(parse_strict_json(text, "fuzz"), "fuzz")).dump(); });
          },
          manifest_seeds};
}

}  // namespace orthocover::nn
