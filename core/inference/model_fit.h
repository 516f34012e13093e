#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/inference/predictor.h"
#include "core/inference/scores/fusion.h"
#include "core/nn/model_package.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// Bands of a scene that a model can be given without being told: the scene's own when the count fits, else
/// those whose colour or description carries the names that the model wants.
/// @param info of the scene with all its data bands
/// @return band numbers counted from 1; empty: the scene's data bands as they are
/// @throws Error{Data} when neither fits, naming what the model wants
std::vector<int> choose_bands(const RasterInfo& info, const nn::ModelManifest& manifest, RunContext& context);

/// @throws Error{Data} unless the scene's selected bands are as many as the model's
void check_band_count(const RasterInfo& info, const nn::ModelManifest& manifest);

/// Scene pixels per pixel of level 1, the mean of both axes. A scene finer than the model's ground size is
/// reduced to it, a coarser one enlarged, twice at most; beyond the model's limit with a warning.
/// @param wish `model`, `native`, or metres as text
/// @throws Error{Usage} for another wish, Error{Data} when metres are wished and the scene's ground size is
/// unknown
double base_scale(const RasterInfo& info, const nn::ModelManifest& manifest, const std::string& wish,
                  RunContext& context);

/// How the scene's values become network input.
/// @param wish `auto`, `none`, `percentile`, or `LOW,HIGH` (values that become the ends of the model's range)
/// @param threads that read the scene for percentiles
/// @throws Error{Usage} for another wish, Error{Data} when the scene's data type can't be used without one
std::vector<BandScaling> band_scaling(const RasterSource& source, const nn::ModelManifest& manifest,
                                      const std::string& wish, RunContext& context, int threads = 1);

/// Weight and temperature of each level in use, weights brought to sum 1. A level that the manifest does not
/// know gets the smallest weight there.
std::vector<LevelWeight> level_weights(const nn::ModelManifest& manifest, const std::vector<int>& levels);

}  // namespace orthocover
