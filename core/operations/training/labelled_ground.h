#pragma once

#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/legend/legend.h"
#include "core/training/data/training_scene.h"

namespace orthocover::operations {

/// Warns of classes of whose labels much lies where the scenes have no data, by a sample of their pieces.
void warn_of_lost_labels(const Legend& legend, const std::vector<TrainingScene>& scenes, RunContext& run);

/// Held-out labels by class, `grass 12 m2 (20 %), ...`; warns of classes of which much or little is held out.
/// @param trained_m2 labelled ground to train on, by class and set of classes
std::string held_out_ground(const Legend& legend, const std::vector<TrainingScene>& scenes,
                            const std::vector<double>& trained_m2, RunContext& run);

}  // namespace orthocover::operations
