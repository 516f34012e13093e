#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/run_context.h"
#include "core/training/data/training_scene.h"

namespace orthocover::operations {

/// Low and high percentile of a scene's values that are stretched to the full range; nothing: values as they
/// are.
using Stretch = std::optional<std::pair<double, double>>;

/// The stretch of the scenes that a model learns from: what --scaling says, and with `auto` that of the model
/// whose weights the training begins with. Tells `run` what is taken over, and warns of an option that
/// contradicts the model.
/// @param scaling auto, none or percentile
/// @param start name of the model that the training begins with; nothing: it begins with none
/// @param of_start its stretch
Stretch choose_stretch(const std::string& scaling, const std::optional<std::string>& start,
                       const Stretch& of_start, RunContext& run);

/// Stretches every scene's values by its own percentiles.
/// @throws Error{Data} for a scene without a valid pixel, Error{Cancelled}
void stretch_scenes(const std::pair<double, double>& percent, std::vector<TrainingScene>& scenes,
                    const RunContext& run);

}  // namespace orthocover::operations
