#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

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

/// Writes a checkpoint whole or not at all.
/// @throws Error{Resource} when the disk refuses; an earlier checkpoint of the name stays then
void save_checkpoint(const std::filesystem::path& path, const TrainingCheckpoint& checkpoint);

/// @throws Error{Model} when the file is no checkpoint of this version
TrainingCheckpoint load_checkpoint(const nn::ByteSource& source);
TrainingCheckpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace orthocover
