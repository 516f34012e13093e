#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/nn/model_package.h"
#include "core/training/fusion_fit.h"

namespace orthocover::operations {

/// Fits weights and temperature of a model's levels, to few points the temperature alone, and gives them to
/// the manifest.
/// @return nothing where there are too few for either
std::optional<FusionFit> fit_fusion(nn::ModelManifest& manifest, const LevelSamples& samples);

/// Weights and what there is to gain from levels, or why they were not fitted, as a line for people.
std::string fusion_line(const nn::ModelManifest& manifest, const std::optional<FusionFit>& fit,
                        std::size_t points);

/// The same for the manifest's `training.fusion`.
nlohmann::json fusion_facts(const nn::ModelManifest& manifest, const FusionFit& fit, std::size_t points);

}  // namespace orthocover::operations
