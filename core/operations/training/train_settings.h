#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/operations/training/train_options.h"
#include "core/operations/training/training_set.h"
#include "core/training/augment/pipeline.h"
#include "core/training/data/split.h"
#include "core/training/patch_sampler.h"
#include "core/training/trainer.h"

namespace orthocover::operations {

/// Options of a training without those that say how it runs and what its package is called, not what comes of
/// it.
nlohmann::json without_way_to_run(nlohmann::json options);

/// Steps of the optimiser, as given or by epochs.
/// @throws Error{Usage} for too many
int steps_of(const TrainOptions& options);

/// What to learn from: the file --data, or scenes and labels as one source.
/// @throws Error for files that are no config or legend
TrainingConfig config_of(const TrainOptions& options);

/// What is held out; nothing when share and names are empty.
/// @param split of the config, which the options go before
SplitOptions split_of(const TrainOptions& options, SplitOptions split,
                      const std::vector<TrainingScene>& scenes);

/// Tells why nothing is held out, and which options have no effect then.
/// @param share that of split_of()
void tell_nothing_held_out(const TrainOptions& options, double share, RunContext& run);

SamplingOptions sampling_of(const TrainOptions& options, const ClassGroups& groups, double ground_size_m);

/// Ground size of level 1: as asked for, that of the model that the run begins with, or that of the middle
/// scene as far as patches have it. Scenes whose own is unknown get it: maps take their pixels as they are,
/// too.
/// @param start that model; null: there is none
double settle_ground_size(const TrainOptions& options, const nn::ModelManifest* start,
                          std::vector<TrainingScene>& scenes, RunContext& run);

/// Threads that prepare patches: a network on the CPU wants the cores for itself, on a GPU it leaves them
/// idle.
int loader_threads_of(const TrainOptions& options, torch::Device device);

OptimiserOptions optimiser_of(const TrainOptions& options);

/// @throws Error{Usage} for a loss that there is not
LossOptions loss_of(const TrainOptions& options, const ClassGroups& groups);

/// The trainer's settings but for the folder.
/// @param resolved the options with all keys, as a run that goes on compares them
TrainingOptions settings_of(const TrainOptions& options, const ClassGroups& groups, Precision precision,
                            const nlohmann::json& resolved);

/// The variations; nothing with --plain.
/// @param of_config those of the file --data, null if it has none
/// @throws Error{Usage} for a file that is no pipeline
std::optional<AugmentationPipeline> augmentation_of(const TrainOptions& options,
                                                    const nlohmann::json& of_config);

}  // namespace orthocover::operations
