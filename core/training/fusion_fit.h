#pragma once

#include <vector>

#include "core/training/level_samples.h"

namespace orthocover {

/// How the levels are best fused, and what there is to gain from them.
struct FusionFit {
  std::vector<double> weights;         ///< one for each level, sum 1
  double temperature = 1;              ///< of every level
  double loss_equal = 0;               ///< mean negative log likelihood with equal weights and temperature 1
  double loss = 0;                     ///< with the fitted ones
  std::vector<double> level_accuracy;  ///< share of points that each level by itself gets right
  double equal_accuracy = 0;           ///< fused with equal weights
  double accuracy = 0;                 ///< fused with the fitted weights
  double oracle_accuracy = 0;          ///< points that at least one level gets right
};

/// Fits the weights and the temperature of the log-linear pool sum_l w_l log softmax(z_l / T) by maximum
/// likelihood. With one temperature for all levels the pool has one factor w_l / T on each level's scores, in
/// which the likelihood is concave: Newton's method finds the one optimum.
/// @param samples of points that the network was not trained on, at least one
/// @source pooling: Genest and Zidek 1986, doi 10.1214/ss/1177013825; temperature scaling: Guo et al. 2017,
/// arXiv 1706.04599
FusionFit fit_fusion(const LevelSamples& samples);

/// Fits the temperature alone, between 1/2 and 2: few points can't say more, those that are all right would
/// make it 0.
/// @param weights of the levels, sum 1
FusionFit fit_temperature(const LevelSamples& samples, const std::vector<double>& weights);

}  // namespace orthocover
