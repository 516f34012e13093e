#include "core/nn/model_package.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <future>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/sha256.h"
#include "core/base/strict_json.h"
#include "core/nn/device.h"
#include "core/nn/weights/byte_source.h"
#include "core/nn/weights/pending_folder.h"
#include "core/nn/weights/safetensors.h"
#include "core/nn/weights/weight_fit.h"

namespace orthocover::nn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifestFile = "model.json";
/// Facts of a training name all of its scenes, which may be a hundred thousand.
constexpr std::uint64_t kMaxManifestBytes = 64U << 20;
/// Before training, which adds scores and names.
constexpr std::uint64_t kMostBeforeBytes = kMaxManifestBytes / 4 * 3;

bool is_inside(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && relative != "." && *relative.begin() != "..";
}

/// The file that `href` names, which must be a regular file inside the package, links followed.
fs::path weights_path(const fs::path& folder, const std::string& href, const std::string& what) {
  const fs::path relative(href);
  const bool climbs = std::find(relative.begin(), relative.end(), "..") != relative.end();
  if (relative.is_absolute() || climbs ||
      href.find_first_of(std::string_view("\\:\0", 3)) != std::string::npos) {
    throw model_error("{}: assets.weights.href is '{}'; allowed: a path inside the package", what, href);
  }
  std::error_code status;
  const fs::path file = fs::canonical(folder / relative, status);
  if (status) throw model_error("{}: the weights file '{}' is missing", what, href);
  if (!is_inside(file, fs::canonical(folder))) {
    throw model_error("{}: assets.weights.href '{}' leads out of the package to {}", what, href,
                      file.string());
  }
  if (!fs::is_regular_file(file)) {
    throw model_error("{}: the weights file '{}' is not a regular file", what, href);
  }
  return file;
}

nlohmann::json read_manifest(const fs::path& file) {
  const FileBytes bytes(file);
  if (bytes.size() > kMaxManifestBytes) {
    throw model_error("{}: has {} bytes, a manifest has at most {}", file.string(), bytes.size(),
                      kMaxManifestBytes);
  }
  return parse_strict_json(bytes.text(0, bytes.size()), file.string());
}

/// `folder` without a slash at its end; "." and the like can't be replaced by renaming.
fs::path target_folder(const fs::path& folder) {
  const fs::path target = folder.has_filename() ? folder : folder.parent_path();
  if (!target.has_filename() || target.filename() == "." || target.filename() == "..") {
    throw usage_error("{}: name the folder of the model package itself", folder.string());
  }
  return target;
}

/// What forbids replacing a folder; empty where nothing does. A package holds its manifest and its weights:
/// anything else is not ours to delete.
std::string reason_to_keep(const fs::path& folder) {
  if (!fs::is_symlink(folder) && fs::is_directory(folder) && fs::is_empty(folder)) return {};
  const fs::path file = folder / kManifestFile;
  if (fs::is_symlink(folder) || !fs::is_regular_file(file))
    return fmt::format("is not a model package (a folder with {})", kManifestFile);
  std::string weights = ModelManifest().weights_file;
  try {
    weights = manifest_from_json(read_manifest(file), file.string()).weights_file;
  } catch (const Error&) {  // a damaged package may be replaced like any other
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || entry.is_symlink() || (name != kManifestFile && name != weights))
      return fmt::format("holds '{}', which is no part of a model package,", name);
  }
  return {};
}

/// As it is where 16 bits can't hold its values.
torch::Tensor halved(const torch::Tensor& tensor) {
  if (!tensor.is_floating_point() || tensor.scalar_type() == torch::kFloat16) return tensor;
  torch::Tensor half = tensor.detach().to(torch::kFloat16);
  return torch::equal(half.isfinite(), tensor.detach().isfinite()) ? half : tensor;
}

TensorMap stored_form(const TensorMap& tensors, bool half) {
  if (!half) return tensors;
  TensorMap stored;
  for (const auto& [name, tensor] : tensors) stored.emplace_back(name, halved(tensor));
  return stored;
}

}  // namespace

ModelPackage open_model_package(const fs::path& folder) {
  std::error_code status;
  if (!fs::is_directory(folder, status)) {
    throw model_error("{}: is not a model package: no such folder; wanted is a folder with {}",
                      folder.string(), kManifestFile);
  }
  const fs::path file = folder / kManifestFile;
  if (!fs::exists(file, status)) {
    throw model_error("{}: is not a model package: it has no {}", folder.string(), kManifestFile);
  }
  ModelPackage package{folder, manifest_from_json(read_manifest(file), file.string())};
  if (package.manifest.weights_sha256.empty()) {
    throw model_error("{}: assets.weights: 'file:checksum' is missing", file.string());
  }
  const fs::path weights = weights_path(folder, package.manifest.weights_file, file.string());
  const std::uint64_t bytes = fs::file_size(weights, status);
  if (package.manifest.weights_bytes > 0 && package.manifest.weights_bytes != bytes) {
    throw model_error("{}: has {} bytes, the manifest says {}: the file is damaged or was replaced",
                      weights.string(), bytes, package.manifest.weights_bytes);
  }
  return package;
}

std::shared_ptr<SegmentationNetwork> load_network(const ModelPackage& package) {
  const ModelManifest& manifest = package.manifest;
  const std::string what = (package.folder / kManifestFile).string();
  const fs::path weights = weights_path(package.folder, manifest.weights_file, what);
  // Both take a while, the network since LibTorch fills it with random numbers.
  const auto when =
      at::get_num_threads() > 1 ? std::launch::async | std::launch::deferred : std::launch::deferred;
  auto hash = std::async(when, [&] { return sha256_of_file(weights); });
  auto network = make_network(manifest.architecture, manifest.network());
  if (const std::string digest = hash.get(); digest != manifest.weights_sha256) {
    throw model_error("{}: its SHA-256 is {}, the manifest says {}: the file is damaged or was replaced",
                      weights.string(), digest, manifest.weights_sha256);
  }
  const TensorMap tensors = read_safetensors(weights).tensors;
  load_state(*network, tensors, weights.string());
  check_finite(state_of(*network), weights.string());
  network->eval();
  return network;
}

std::shared_ptr<SegmentationNetwork> load_for_inference(const ModelPackage& package,
                                                        const torch::Device& device,
                                                        torch::ScalarType type) try {
  auto network = load_network(package);
  network->to(device);
  network->prepare_for_inference();
  if (type != torch::kFloat) network->to(type);
  const auto is_held = [](const torch::Tensor& parameter) { return parameter.isfinite().all().item<bool>(); };
  if (type == torch::kHalf && !std::ranges::all_of(network->parameters(), is_held))
    throw model_error("{}: has weights that float16 can't hold; use --precision bfloat16 or float32",
                      package.folder.string());
  return network;
} catch (const c10::Error& error) {
  throw error_of(error, device, package.folder.string() + ": its weights",
                 device.is_cpu() ? "close other programs" : "use another --device");
}

void check_manifest(const ModelManifest& manifest, const std::string& what) {
  const nlohmann::json json = to_json(manifest);
  manifest_from_json(json, what);
  if (const std::size_t bytes = json_document(json).size(); bytes > kMostBeforeBytes)
    throw model_error(
        "{}: its manifest would have {} bytes, allowed are {}; hold out fewer regions or larger blocks, or "
        "train on fewer scenes",
        what, bytes, kMostBeforeBytes);
}

void check_package_target(const fs::path& folder, bool overwrite) {
  const fs::path target = target_folder(folder);
  check_folder_of(target);
  std::error_code status;
  if (!fs::exists(fs::symlink_status(target, status))) return;
  if (!fs::is_directory(target, status))
    throw usage_error("{}: is a file and is left as it is; name the folder of the model package",
                      target.string());
  if (!overwrite) throw usage_error("{}: exists already; add --overwrite to replace it", target.string());
  if (const std::string reason = reason_to_keep(target); !reason.empty())
    throw usage_error("{}: {} and is left as it is; name another folder", target.string(), reason);
}

void save_model_package(const fs::path& folder, ModelManifest manifest, const TensorMap& tensors, bool half,
                        bool overwrite) {
  const fs::path target = target_folder(folder);
  check_package_target(target, overwrite);
  manifest_from_json(to_json(manifest), (target / kManifestFile).string());
  if (fs::path(manifest.weights_file).has_parent_path() || manifest.weights_file == kManifestFile) {
    throw model_error("{}: '{}' can't be the name of the weights file", target.string(),
                      manifest.weights_file);
  }
  PendingFolder pending(target);
  const fs::path weights = pending.temporary() / manifest.weights_file;
  write_safetensors(weights, stored_form(tensors, half), {{"orthocover:model", manifest.name}});
  manifest.weights_sha256 = sha256_of_file(weights);
  manifest.weights_bytes = fs::file_size(weights);
  write_file_atomically(pending.temporary() / kManifestFile, json_document(to_json(manifest)));
  pending.commit();
}

}  // namespace orthocover::nn
