#pragma once

#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/nn/model_package.h"
#include "core/ports/geo_io.h"
#include "core/training/patch_loader.h"
#include "core/training/training_scene.h"

namespace orthocover::operations {

/// Files that a model learns from.
struct TrainingFiles {
  std::vector<std::string> scenes;
  std::vector<std::string> labels;  ///< one for each scene
  std::vector<int> bands;           ///< counted from 1; empty: all
  std::string class_field;
  std::string where;
};

/// Opens scenes and labels; see open_training_set() for all that a training config may name.
/// @param need_ground_size refuse scenes whose ground size is unknown; else they count as 1 m
/// @throws Error{Data} when the scenes differ in bands or data type, and what opening throws
std::vector<TrainingScene> open_training_scenes(const TrainingFiles& files, const Legend& legend,
                                                bool need_ground_size, GeoIo& geo);

/// Fills in bands, data type and scaling of the manifest.
/// @return mean and deviation of the bands of each scene, and at the end of all together
std::vector<BandStatistics> describe_input(const std::vector<TrainingScene>& scenes,
                                           nn::ModelManifest& manifest);

/// @param scenes at least one
double median_ground_size(const std::vector<TrainingScene>& scenes);

/// `scene:region` of all that is held out; `scene` alone for a whole one.
std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes);

}  // namespace orthocover::operations
