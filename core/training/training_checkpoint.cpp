#include "core/training/training_checkpoint.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/nn/weights/safetensors.h"

namespace orthocover {
namespace {

constexpr const char* kFormat = "orthocover-training-2";

void append(nn::TensorMap& all, const std::string& prefix, const nn::TensorMap& part) {
  for (const auto& [name, tensor] : part) all.emplace_back(prefix + name, tensor.detach().cpu().contiguous());
}

nn::TensorMap part_of(const nn::TensorMap& all, const std::string& prefix) {
  nn::TensorMap part;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(prefix)) part.emplace_back(name.substr(prefix.size()), tensor);
  }
  return part;
}

}  // namespace

double ProgressReader::number(const char* key, double low, double high) const {
  const auto found = m_progress.find(key);
  if (found == m_progress.end() || !found->is_number())
    throw model_error("{}: is no training checkpoint, its '{}' is missing or no number", m_what, key);
  const double value = found->get<double>();
  if (!(value >= low && value <= high))
    throw model_error("{}: is a damaged training checkpoint, its '{}' is {}", m_what, key, value);
  return value;
}

std::int64_t ProgressReader::count(const char* key, std::int64_t low, std::int64_t high) const {
  return static_cast<std::int64_t>(number(key, static_cast<double>(low), static_cast<double>(high)));
}

std::string changed_settings(const nlohmann::json& before, const nlohmann::json& now) {
  std::vector<std::string> names;
  for (const auto& [key, value] : now.items()) {
    if (before.contains(key) && before.at(key) != value) names.push_back(key);
  }
  return join(names);
}

void save_checkpoint(const std::filesystem::path& path, const TrainingCheckpoint& checkpoint) {
  nn::TensorMap all;
  append(all, "network.", checkpoint.network);
  append(all, "average.", checkpoint.average);
  append(all, "optimiser.", checkpoint.optimiser);
  nn::write_safetensors(path, all, {{"format", kFormat}, {"progress", json_line(checkpoint.progress)}});
}

TrainingCheckpoint load_checkpoint(const std::filesystem::path& path) {
  return load_checkpoint(nn::FileBytes(path));
}

TrainingCheckpoint load_checkpoint(const nn::ByteSource& source) {
  const nn::Safetensors file = nn::read_safetensors(source);
  const auto format = file.metadata.find("format");
  const auto progress = file.metadata.find("progress");
  if (format == file.metadata.end() || format->second != kFormat || progress == file.metadata.end()) {
    throw model_error("{}: is no training checkpoint of this version", source.name());
  }
  TrainingCheckpoint checkpoint;
  checkpoint.network = part_of(file.tensors, "network.");
  checkpoint.average = part_of(file.tensors, "average.");
  checkpoint.optimiser = part_of(file.tensors, "optimiser.");
  checkpoint.progress = nlohmann::json::parse(progress->second, nullptr, /*allow_exceptions=*/false);
  if (!checkpoint.progress.is_object()) {
    throw model_error("{}: is a damaged training checkpoint, its progress can't be read", source.name());
  }
  return checkpoint;
}

}  // namespace orthocover
