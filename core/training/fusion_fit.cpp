#include "core/training/fusion_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>

namespace orthocover {
namespace {

constexpr int kMostIterations = 50;
constexpr int kMostHalvings = 30;
constexpr double kTolerance = 1e-9;
/// Keeps the Hessian regular where two levels say the same.
constexpr double kRidge = 1e-6;
/// Sum of the factors at least: a hopeless model is not made infinitely unsure.
constexpr double kSmallestSum = 0.01;
/// Of the temperature, where it is fitted alone.
constexpr double kMostChange = 2;

using Factors = std::vector<double>;

/// Mean negative log likelihood of a pool with its derivatives by the levels' factors.
struct Loss {
  double value = 0;
  std::vector<double> gradient;
  cv::Mat1d hessian;
};

/// The pool's class scores of a point.
void pool(const LevelSamples& samples, std::size_t point, const Factors& factors,
          std::vector<double>& scores) {
  std::ranges::fill(scores, 0.0);
  for (std::size_t level = 0; level < samples.levels; ++level) {
    const float* logits = samples.at(point, level);
    for (std::size_t c = 0; c < samples.classes; ++c) scores[c] += factors[level] * logits[c];
  }
}

/// Softmax in place.
/// @return the logarithm of the sum of the exponentials
double to_probabilities(std::vector<double>& scores) {
  const double largest = std::ranges::max(scores);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - largest);
  for (double& score : scores) score /= sum;
  return largest + std::log(sum);
}

Loss loss_of(const LevelSamples& samples, const Factors& factors) {
  const std::size_t levels = samples.levels;
  Loss loss{0, std::vector<double>(levels),
            cv::Mat1d::zeros(static_cast<int>(levels), static_cast<int>(levels))};
  std::vector<double> probabilities(samples.classes);
  std::vector<double> expected(levels);
  for (std::size_t point = 0; point < samples.size(); ++point) {
    const std::size_t truth = samples.labels[point];
    pool(samples, point, factors, probabilities);
    const double right = probabilities[truth];
    loss.value += to_probabilities(probabilities) - right;
    for (std::size_t l = 0; l < levels; ++l) {
      const float* logits = samples.at(point, l);
      expected[l] = std::inner_product(probabilities.begin(), probabilities.end(), logits, 0.0);
      loss.gradient[l] += expected[l] - logits[truth];
    }
    for (std::size_t l = 0; l < levels; ++l) {
      for (std::size_t k = 0; k <= l; ++k) {
        double covariance = -expected[l] * expected[k];
        for (std::size_t c = 0; c < samples.classes; ++c)
          covariance += probabilities[c] * samples.at(point, l)[c] * samples.at(point, k)[c];
        loss.hessian(static_cast<int>(l), static_cast<int>(k)) += covariance;
      }
    }
  }
  const auto count = static_cast<double>(samples.size());
  loss.value /= count;
  for (double& part : loss.gradient) part /= count;
  loss.hessian /= count;
  cv::completeSymm(loss.hessian, /*lowerToUpper=*/true);
  return loss;
}

/// Newton's step in the factors that may move: those above 0, and those at 0 that want to grow.
Factors newton_step(const Loss& loss, const Factors& factors) {
  std::vector<std::size_t> free;
  for (std::size_t l = 0; l < factors.size(); ++l) {
    if (factors[l] > 0 || loss.gradient[l] < 0) free.push_back(l);
  }
  Factors step(factors.size());
  if (free.empty()) return step;
  const auto size = static_cast<int>(free.size());
  cv::Mat1d hessian(size, size);
  cv::Mat1d gradient(size, 1);
  for (int i = 0; i < size; ++i) {
    const std::size_t l = free[static_cast<std::size_t>(i)];
    gradient(i) = -loss.gradient[l];
    for (int k = 0; k < size; ++k)
      hessian(i, k) = loss.hessian(static_cast<int>(l), static_cast<int>(free[static_cast<std::size_t>(k)]));
    hessian(i, i) += kRidge;
  }
  cv::Mat1d solution;
  cv::solve(hessian, gradient, solution, cv::DECOMP_EIG);
  for (int i = 0; i < size; ++i) step[free[static_cast<std::size_t>(i)]] = solution(i);
  return step;
}

/// The factors that maximise the likelihood, none below 0.
Factors best_factors(const LevelSamples& samples) {
  Factors factors(samples.levels, 1 / static_cast<double>(samples.levels));
  Loss loss = loss_of(samples, factors);
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    const Factors step = newton_step(loss, factors);
    double length = 1;
    bool better = false;
    for (int halving = 0; halving < kMostHalvings && !better; ++halving, length /= 2) {
      Factors moved(factors);
      for (std::size_t l = 0; l < moved.size(); ++l) moved[l] = std::max(0.0, moved[l] + length * step[l]);
      Loss there = loss_of(samples, moved);
      better = there.value < loss.value - kTolerance;
      if (!better) continue;
      factors = std::move(moved);
      loss = std::move(there);
    }
    if (!better) break;
  }
  return factors;
}

std::size_t best_class(const double* scores, std::size_t classes) {
  return static_cast<std::size_t>(std::max_element(scores, scores + classes) - scores);
}

double accuracy_of(const LevelSamples& samples, const Factors& factors) {
  std::vector<double> scores(samples.classes);
  std::size_t right = 0;
  for (std::size_t point = 0; point < samples.size(); ++point) {
    pool(samples, point, factors, scores);
    right += best_class(scores.data(), samples.classes) == samples.labels[point] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(samples.size());
}

void study_levels(const LevelSamples& samples, FusionFit& fit) {
  std::vector<std::size_t> right(samples.levels);
  std::size_t any_right = 0;
  for (std::size_t point = 0; point < samples.size(); ++point) {
    bool any = false;
    for (std::size_t l = 0; l < samples.levels; ++l) {
      const float* logits = samples.at(point, l);
      const auto best = static_cast<std::size_t>(std::max_element(logits, logits + samples.classes) - logits);
      if (best != samples.labels[point]) continue;
      any = true;
      ++right[l];
    }
    any_right += any ? 1 : 0;
  }
  const auto count = static_cast<double>(samples.size());
  for (const std::size_t points : right) fit.level_accuracy.push_back(static_cast<double>(points) / count);
  fit.oracle_accuracy = static_cast<double>(any_right) / count;
}

FusionFit study_fusion(const LevelSamples& samples, const Factors& factors) {
  const Factors equal(samples.levels, 1 / static_cast<double>(samples.levels));
  const double sum = std::accumulate(factors.begin(), factors.end(), 0.0);
  FusionFit fit;
  fit.weights = equal;
  if (sum > kSmallestSum) {
    fit.temperature = 1 / sum;
    for (std::size_t l = 0; l < samples.levels; ++l) fit.weights[l] = factors[l] / sum;
  }
  fit.loss_equal = loss_of(samples, equal).value;
  fit.loss = sum > kSmallestSum ? loss_of(samples, factors).value : fit.loss_equal;
  fit.equal_accuracy = accuracy_of(samples, equal);
  fit.accuracy = accuracy_of(samples, fit.weights);
  study_levels(samples, fit);
  return fit;
}

}  // namespace

FusionFit fit_fusion(const LevelSamples& samples) {
  return study_fusion(samples, best_factors(samples));
}

FusionFit fit_temperature(const LevelSamples& samples, const std::vector<double>& weights) {
  LevelSamples pooled{1, samples.classes, samples.labels, {}};
  std::vector<double> scores(samples.classes);
  for (std::size_t point = 0; point < samples.size(); ++point) {
    pool(samples, point, weights, scores);
    pooled.logits.insert(pooled.logits.end(), scores.begin(), scores.end());
  }
  const double factor = std::clamp(best_factors(pooled).front(), 1 / kMostChange, kMostChange);
  Factors factors(weights);
  for (double& of_level : factors) of_level *= factor;
  return study_fusion(samples, factors);
}

}  // namespace orthocover
