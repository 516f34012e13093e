#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/nn/model_package.h"
#include "core/training/fusion_fit.h"

namespace orthocover::operations {

/// Whether there is enough to fit the fusion of a model's levels.
bool can_fit_fusion(const nn::ModelManifest& manifest, const LevelSamples& samples);

/// Gives the model's levels the fitted weights and temperature.
void set_fusion(nn::ModelManifest& manifest, const FusionFit& fit);

/// Weights and what there is to gain from levels, as a line for people.
std::string fusion_line(const nn::ModelManifest& manifest, const FusionFit& fit);

/// The same for the manifest's `training.fusion`.
nlohmann::json fusion_facts(const nn::ModelManifest& manifest, const FusionFit& fit, std::size_t points);

}  // namespace orthocover::operations
