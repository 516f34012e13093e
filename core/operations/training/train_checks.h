#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/operations/training/train_options.h"

namespace orthocover::operations {

/// A cure, and --resume where the run's folder has a checkpoint, of a fold or of all.
std::string with_resume(const char* cure, const TrainOptions& options,
                        const std::filesystem::path& run_folder);

/// The options of `train` of their resolved values, all keys present.
TrainOptions train_options_of(const nlohmann::json& values);

/// Checks what options say about each other.
/// @throws Error{Usage} naming the option and the cure
void check_train_values(const TrainOptions& options);

/// The same and the folders, before anything is opened.
/// @throws as check_train_values(); what the package's folder is refused with
void check_train_options(const TrainOptions& options, const std::filesystem::path& run_folder);

}  // namespace orthocover::operations
