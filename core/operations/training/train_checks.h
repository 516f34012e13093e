#pragma once

#include <filesystem>
#include <string>

#include "core/operations/training/train_options.h"

namespace orthocover::operations {

/// A cure, and --resume where the run's folder has a checkpoint, of a fold or of all.
std::string with_resume(const char* cure, const TrainOptions& options,
                        const std::filesystem::path& run_folder);

/// Checks what options say about each other, before anything is opened.
/// @throws Error{Usage} naming the option and the cure; what the package's folder and a file of variations
/// are refused with
void check_train_options(const TrainOptions& options, const std::filesystem::path& run_folder);

}  // namespace orthocover::operations
