#pragma once

#include <optional>
#include <vector>

#include "core/nn/network.h"
#include "core/nn/ranks/rank_exchange.h"
#include "core/nn/weights/tensor_map.h"
#include "core/training/batch_queue.h"
#include "core/training/loss.h"

namespace orthocover {

/// What all ranks go by in a step.
struct StepAgreement {
  double seconds = 0;  ///< since the start, by the clock of rank 0
  bool stop = false;   ///< the step is the last, as one of them was asked to stop
};

/// Makes the steps of several processes, the ranks, those that one process would make.
///
/// The passes of a step (`accumulate`) are dealt out: rank k of n makes the k-th n-th of them, on the very
/// patches and with the very random numbers that they have in one process. The gradients are added up, each
/// divided by the labels of all passes. Running statistics of batch norm move by r <- (1 - m) r + m s for
/// each pass's statistics s, one after the other. That is linear in r: rank k's part of the result is what
/// its passes added, times (1 - m) for every pass of the ranks after it, and the sum over the ranks is the
/// result of all passes in their order. What is left are rounding errors of the sums.
class RankSteps {
 public:
  /// @param exchange nothing: this process is alone, and nothing below costs anything
  RankSteps(nn::RankExchange* exchange, nn::SegmentationNetwork& network)
      : m_exchange(exchange), m_network(network) {}

  bool alone() const { return m_exchange == nullptr; }
  bool is_first() const { return alone() || m_exchange->is_first(); }

  /// The passes of a step that are this rank's.
  /// @throws Error{Usage} when the ranks can't share them evenly
  BatchShare share_of(int accumulate) const;

  /// Adds up what the loss is divided by.
  /// @param own with the clock of this rank and its own wish to stop
  StepAgreement agree(LossTotals& totals, const StepAgreement& own) const;

  /// Call it before the passes of a step.
  void begin_passes();
  /// Call it after them: sums gradients and loss, and joins the running statistics.
  void join_passes(torch::Tensor& loss);
  /// Takes back what unfinished passes did to the running statistics.
  void drop_passes();

  /// The score of rank 0.
  /// @param seconds the clock of this rank; afterwards that of rank 0
  std::optional<double> score_of_first(const std::optional<double>& own, double& seconds) const;
  /// Whether it is so for any rank.
  bool any(bool own) const;
  /// Overwrites tensors with those of rank 0.
  void share(const nn::TensorMap& tensors) const;
  /// The text of rank 0.
  std::string text_of_first(std::string own) const;

 private:
  struct Statistics {
    torch::nn::BatchNorm2dImpl* norm;
    torch::Tensor mean;  ///< before the passes, as are the others
    torch::Tensor var;
    torch::Tensor count;
  };

  std::vector<torch::Tensor> statistics_parts(const std::vector<std::int64_t>& passes) const;
  void take_statistics(const torch::Tensor& sums, std::int64_t from,
                       const std::vector<std::int64_t>& passes) const;
  std::vector<std::int64_t> counted_passes() const;

  nn::RankExchange* m_exchange;
  nn::SegmentationNetwork& m_network;
  std::vector<Statistics> m_before;
};

}  // namespace orthocover
