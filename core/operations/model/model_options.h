#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/nn/model_package.h"

namespace orthocover::operations {

/// Names of the bands; a number alone stands for that many bands of usual or made-up names.
/// @throws Error{Usage} for the number 0
std::vector<std::string> band_names(const std::vector<std::string>& bands);

/// True for red, green, blue in this order.
bool is_red_green_blue(const std::vector<std::string>& names);

/// Bands with the statistics of ImageNet for red, green and blue (values 0..1), else mean 0 and deviation 1.
/// @source https://pytorch.org/vision/stable/models.html
std::vector<nn::ModelBand> default_bands(const std::vector<std::string>& names);

/// An architecture's options from their texts: numbers where they look like numbers.
/// @throws Error{Usage} for a text that is not KEY=VALUE
nlohmann::json network_options(const std::vector<std::string>& texts);

/// A package's folder without a slash at its end.
std::filesystem::path package_folder(const std::string& package);

/// Stitch levels, ascending, with equal weights.
/// @throws Error{Usage} for an empty list or a level named twice
std::vector<nn::LevelFusion> equal_levels(std::vector<int> levels);

std::vector<int> scales_of(const std::vector<nn::LevelFusion>& levels);

}  // namespace orthocover::operations
