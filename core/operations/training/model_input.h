#pragma once

#include <map>
#include <vector>

#include "core/base/run_context.h"
#include "core/nn/model_package.h"
#include "core/training/data/training_scene.h"
#include "core/training/patch_loader.h"

namespace orthocover::operations {

/// Fills in bands, data type and scaling of the manifest.
/// @return mean and deviation of the bands of each scene, and at the end of all together
std::vector<BandStatistics> describe_input(const std::vector<TrainingScene>& scenes,
                                           nn::ModelManifest& manifest, const RunContext& run);

/// Gives a model the scaling of bands that the weights were learned with which it begins with.
/// @param statistics of the scenes, measured again where the scale of values changes
/// @param run warned where the values are of another type, so that they have to be scaled anew
/// @throws Error{Usage} where the numbers of bands differ
void take_scaling(const nn::ModelManifest& start, const std::vector<TrainingScene>& scenes,
                  nn::ModelManifest& manifest, std::vector<BandStatistics>& statistics, RunContext& run);

/// Takes over weights and temperature of the levels, where they are the same.
void take_fusion(const nn::ModelManifest& start, nn::ModelManifest& manifest);

/// The value on whose either side lies at most half of the weights.
/// @param weights by value, at least one
double weighted_median(const std::map<double, double>& weights);

/// Without scenes whose own is unknown, where others are known.
/// @param scenes at least one
double median_ground_size(const std::vector<TrainingScene>& scenes);

}  // namespace orthocover::operations
