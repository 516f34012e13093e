#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/confusion_matrix.h"

namespace orthocover::operations {

/// What one matrix says: `mean_iou`, `accuracy`, and of each class in the truth `iou` and `pixels`.
/// @param matrix with at least one pixel
nlohmann::json matrix_facts(const ConfusionMatrix& matrix, const Legend& legend);

/// What the stitch levels and their fusion come to on the same pixels of held-out windows, each window by
/// itself, so that differences between them can be resampled in pairs.
struct FusedScores {
  std::vector<int> levels;
  std::vector<std::vector<ConfusionMatrix>> single;  ///< @shape [levels][windows]
  std::vector<ConfusionMatrix> fused;                ///< by window, with the package's weights
  std::vector<ConfusionMatrix> fused_unseen;         ///< with weights fitted without the window's place

  /// Adds windows judged by another network on the same levels; those without labels are left out.
  void append(const FusedScores& other);
};

/// The level whose mean IoU over all windows is the highest, as an index; of equal ones the first.
/// @param scores with at least one window
std::size_t best_level(const FusedScores& scores);

/// How much higher the fusion's mean IoU is than that of the best level by itself, windows resampled in
/// pairs.
/// @param scores with at least one window
/// @param fused FusedScores::fused or fused_unseen
BootstrapInterval fusion_gain(const FusedScores& scores, const std::vector<ConfusionMatrix>& fused,
                              std::uint64_t seed);

/// The table of cross_validation.json: `windows`, `levels`, `fused`, `fused_unseen`, `best_level`, `gain`,
/// `gain_unseen`. Intervals are left out where there is one window only.
/// @return null without windows
nlohmann::json fused_table(const FusedScores& scores, const Legend& legend, std::uint64_t seed);

/// Fusion against the best level, as a line for people; empty without windows.
std::string fused_line(const FusedScores& scores, std::uint64_t seed);

}  // namespace orthocover::operations
