#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/nn/weights/byte_source.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover {

/// The whole state of a training run between two steps: what a killed run goes on from. The random numbers of
/// a step follow from the seed and the step, so that they need no state.
struct TrainingCheckpoint {
  nn::TensorMap network;
  nn::TensorMap average;
  nn::TensorMap optimiser;
  nlohmann::json progress = nlohmann::json::object();  ///< step, seconds, best score, ...
};

/// Reads numbers of a checkpoint's progress.
class ProgressReader {
 public:
  /// @param progress must outlive the object
  /// @param what the file's name
  ProgressReader(const nlohmann::json& progress, std::string what)
      : m_progress(progress), m_what(std::move(what)) {}

  /// @throws Error{Model} when it is missing, no number or outside of `low`..`high`
  double number(const char* key, double low = -1e300, double high = 1e300) const;
  /// @throws Error{Model} as number()
  std::int64_t count(const char* key, std::int64_t low = 0, std::int64_t high = 100'000'000) const;

 private:
  const nlohmann::json& m_progress;
  std::string m_what;
};

/// Names of the settings whose values differ; what was no setting `before` does not count.
std::string changed_settings(const nlohmann::json& before, const nlohmann::json& now);

/// Writes a checkpoint whole or not at all.
/// @throws Error{Resource} when the disk refuses; an earlier checkpoint of the name stays then
void save_checkpoint(const std::filesystem::path& path, const TrainingCheckpoint& checkpoint);

/// @throws Error{Model} when the file is no checkpoint of this version
TrainingCheckpoint load_checkpoint(const nn::ByteSource& source);
TrainingCheckpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace orthocover
