#include "core/nn/weights/checkpoint.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/weights/safetensors.h"
#include "core/nn/weights/torch_file.h"
#include "core/nn/weights/zip_reader.h"

namespace orthocover::nn {
namespace {

constexpr int kMaxWrappers = 4;
/// Tensors may share storages, but not so often that copies of them would be out of all proportion.
constexpr std::uint64_t kMaxSharing = 16;

/// Names under which training programs keep the state dict, the most telling first.
constexpr std::array<std::string_view, 9> kWrappers{
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "ema"};
constexpr std::array<std::string_view, 6> kPrefixes{"module.",  "model.",     "net.",
                                                    "network.", "_orig_mod.", "state_dict."};

const PickleDict* member(const PickleDict& dict, std::string_view name) {
  for (const auto& [key, value] : dict.items) {
    const auto* text = as<std::string>(key);
    if (text != nullptr && *text == name && as<PickleDict>(value) != nullptr) return as<PickleDict>(value);
  }
  return nullptr;
}

/// Follows the wrappers to the innermost dict.
const PickleDict* unwrap(const PickleDict* dict, std::vector<std::string>& unwrapped) {
  for (int depth = 0; depth < kMaxWrappers; ++depth) {
    const auto inner = std::find_if(kWrappers.begin(), kWrappers.end(),
                                    [dict](std::string_view name) { return member(*dict, name) != nullptr; });
    if (inner == kWrappers.end()) break;
    unwrapped.emplace_back(*inner);
    dict = member(*dict, *inner);
  }
  return dict;
}

std::string some_keys(const PickleDict& dict) {
  constexpr std::size_t kMaxShown = 6;
  std::vector<std::string> names;
  for (const auto& [key, value] : dict.items) {
    if (names.size() == kMaxShown) {
      names.emplace_back("...");
      break;
    }
    const auto* text = as<std::string>(key);
    names.push_back(text != nullptr ? fmt::format("'{}'", text->substr(0, 60)) : "(no text)");
  }
  return names.empty() ? "none" : join(names);
}

TensorMap tensors_of(const PickleDict& dict, const std::string& file) {
  const bool any = std::any_of(dict.items.begin(), dict.items.end(),
                               [](const auto& item) { return as<torch::Tensor>(item.second) != nullptr; });
  if (!any) {
    throw model_error("{}: holds no state dict: its keys are {}; save model.state_dict()", file,
                      some_keys(dict));
  }
  TensorMap tensors;
  std::set<std::string_view> names;
  for (const auto& [key, value] : dict.items) {
    const auto* name = as<std::string>(key);
    if (name == nullptr) throw model_error("{}: a key of the state dict is no text", file);
    const auto* tensor = as<torch::Tensor>(value);
    if (tensor == nullptr) throw model_error("{}: '{}' in the state dict is no tensor", file, *name);
    if (!names.insert(*name).second) throw model_error("{}: the key '{}' stands twice", file, *name);
    tensors.emplace_back(*name, *tensor);
  }
  return tensors;
}

void check_sharing(const TensorMap& tensors, const ByteSource& source) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += tensor.nbytes();
  if (bytes / kMaxSharing > source.size()) {
    throw model_error("{}: its tensors have {} bytes together, too many for a file of {}", source.name(),
                      bytes, source.size());
  }
}

TensorMap read_torch_file(const ByteSource& source, bool is_zip, CheckpointReport& report) {
  TorchFile file;
  is_zip ? read_torch_zip(source, file) : read_torch_stream(source, file);
  report.format = is_zip ? "PyTorch archive" : "PyTorch stream";
  const auto* dict = as<PickleDict>(file.root);
  if (dict == nullptr) {
    throw model_error("{}: holds no state dict but a single object; save model.state_dict()", source.name());
  }
  TensorMap tensors = tensors_of(*unwrap(dict, report.unwrapped), source.name());
  check_sharing(tensors, source);
  return tensors;
}

bool all_begin_with(const TensorMap& tensors, std::string_view prefix) {
  return !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [prefix](const auto& entry) {
    return entry.first.size() > prefix.size() && entry.first.starts_with(prefix);
  });
}

/// Wrappers of wrappers; more are no model.
constexpr std::size_t kMostPrefixes = 8;

void strip_prefixes(TensorMap& tensors, std::vector<std::string>& stripped) {
  while (stripped.size() < kMostPrefixes) {
    const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                     [&](std::string_view text) { return all_begin_with(tensors, text); });
    if (prefix == kPrefixes.end()) return;
    for (auto& entry : tensors) entry.first.erase(0, prefix->size());
    stripped.emplace_back(*prefix);
  }
}

TensorMap read_any(const ByteSource& source, CheckpointReport& report) {
  if (looks_like_zip(source)) return read_torch_file(source, true, report);
  if (looks_like_torch_stream(source)) return read_torch_file(source, false, report);
  if (looks_like_safetensors(source)) {
    report.format = "safetensors";
    return read_safetensors(source).tensors;
  }
  throw model_error("{}: is no weights file that is read: neither safetensors nor written by torch.save",
                    source.name());
}

}  // namespace

std::string CheckpointReport::summary() const {
  std::string text = format;
  if (!unwrapped.empty()) text += fmt::format("; state dict found in '{}'", fmt::join(unwrapped, "' / '"));
  if (!stripped.empty()) text += fmt::format("; prefix '{}' removed", fmt::join(stripped, ""));
  return text;
}

TensorMap read_checkpoint(const ByteSource& source, CheckpointReport* report) {
  CheckpointReport found;
  TensorMap tensors = read_any(source, found);
  strip_prefixes(tensors, found.stripped);
  if (report != nullptr) *report = std::move(found);
  return tensors;
}

TensorMap read_checkpoint(const std::filesystem::path& path, CheckpointReport* report) {
  return read_checkpoint(FileBytes(path), report);
}

}  // namespace orthocover::nn
