#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/inference/seam_measurement.h"
#include "core/nn/model_package.h"

namespace orthocover::operations {

/// What `seams` found on a scene.
struct SeamSummary {
  const std::string& scene;
  const nn::ModelManifest& manifest;
  const SeamPlans& plans;
  const SeamReport& report;

  /// Whether any patch has another place in the second map.
  bool grid_moved() const;
};

/// The figures for programs.
nlohmann::json seam_json(const SeamSummary& summary);

/// The figures as lines and tables for people.
std::string seam_text(const SeamSummary& summary);

/// The index as a few words: `0.42 % of the pixels change class`.
std::string seam_caption(const SeamReport& report);

}  // namespace orthocover::operations
