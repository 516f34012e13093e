#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/torch.h"

namespace orthocover {

/// What a loss measures. All leave kIgnoreLabel out.
/// - CrossEntropy, Focal: sums over pixels.
/// - Dice, Lovasz: scores of whole patches, over the classes that occur in the patch, mean over patches.
/// @source Lin et al. 2017 (arXiv 1708.02002); Milletari et al. 2016 (1606.04797); Berman et al. 2018
/// (1705.08790), per image
enum class LossKind { CrossEntropy, Focal, Dice, Lovasz };

/// A loss with its share in the sum.
struct LossTerm {
  LossKind kind = LossKind::CrossEntropy;
  double weight = 1;
};

/// Reads `cross-entropy`, `cross-entropy+0.5*lovasz`, ...
/// @throws Error{Usage} naming `what`
std::vector<LossTerm> parse_loss(const std::string& text, const std::string& what);

/// How scores are judged.
struct LossOptions {
  std::vector<LossTerm> terms = {{}};
  std::vector<double> class_weights;  ///< of pixels by their class; empty: all alike
  double label_smoothing = 0;         ///< share of the target spread over all classes; cross-entropy only
  double focal_gamma = 2;             ///< how fast easy pixels stop to count
  double hardest_share = 1;           ///< of each patch's labelled pixels, those of highest loss; 1: all
  double boundary_weight = 0;         ///< added to the weight 1 of pixels close to another class
  int boundary_px = 2;                ///< how close
  bool mean_over_patches = false;     ///< each patch counts alike, however many labelled pixels it has
  /// Labels that stand for several classes: label value `classes + k` means one of groups[k]. Cross-entropy
  /// and focal loss take the classes' summed probability, the others leave such pixels out.
  std::vector<std::vector<int>> groups;
};

/// What a sum over an effective batch is divided by; adds up over the parts of the batch.
struct LossTotals {
  double pixel_weight = 0;   ///< of all labelled pixels
  double patches = 0;        ///< with any label
  double class_patches = 0;  ///< with a label of one class

  LossTotals& operator+=(const LossTotals& other) {
    pixel_weight += other.pixel_weight, patches += other.patches, class_patches += other.class_patches;
    return *this;
  }
};

/// A loss that is exact under gradient accumulation: the parts of an effective batch, each divided by the
/// totals of the whole, add up to the loss of the whole.
class SegmentationLoss {
 public:
  /// @throws Error{Usage} when the class weights are not one for each class
  SegmentationLoss(LossOptions options, int classes);

  /// @param labels @shape [n, h, w], uint8
  LossTotals totals(const torch::Tensor& labels) const;

  /// @param logits @shape [n, classes, h, w]; computed in float32 whatever they are
  /// @param labels @shape [n, h, w], uint8, on the logits' device
  /// @param totals of the effective batch
  /// @return a scalar, 0 where nothing is labelled
  torch::Tensor operator()(const torch::Tensor& logits, const torch::Tensor& labels,
                           const LossTotals& totals) const;

 private:
  torch::Tensor pixel_weights(const torch::Tensor& labels) const;
  torch::Tensor log_likelihood(const torch::Tensor& log_probability, const torch::Tensor& labels) const;
  torch::Tensor pixel_loss(LossKind kind, const torch::Tensor& log_probability,
                           const torch::Tensor& labels) const;
  torch::Tensor hardest(const torch::Tensor& losses, const torch::Tensor& weights) const;
  torch::Tensor patch_loss(LossKind kind, const torch::Tensor& probability,
                           const torch::Tensor& labels) const;

  LossOptions m_options;
  int m_classes;
};

}  // namespace orthocover
