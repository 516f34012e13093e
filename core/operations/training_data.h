#pragma once

#include <string>
#include <vector>

#include "core/nn/model_package.h"
#include "core/training/patch_loader.h"
#include "core/training/training_scene.h"

namespace orthocover::operations {

/// Fills in bands, data type and scaling of the manifest.
/// @return mean and deviation of the bands of each scene, and at the end of all together
std::vector<BandStatistics> describe_input(const std::vector<TrainingScene>& scenes,
                                           nn::ModelManifest& manifest);

/// @param scenes at least one
double median_ground_size(const std::vector<TrainingScene>& scenes);

/// `scene:region` of all that is held out; `scene` alone for a whole one.
std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes);

}  // namespace orthocover::operations
