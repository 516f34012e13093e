#pragma once

#include "core/nn/torch.h"

namespace orthocover::nn {

/// How the ranks of one training exchange tensors. All ranks call the same members in the same order with
/// tensors of the same shape; each call returns when all have called it.
class RankExchange {
 public:
  RankExchange() = default;
  RankExchange(const RankExchange&) = delete;
  RankExchange& operator=(const RankExchange&) = delete;
  virtual ~RankExchange() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  bool is_first() const { return rank() == 0; }

  /// Puts the sum over all ranks into `values`, the same bits on every rank.
  /// @param values contiguous floating-point numbers on any device
  /// @throws RankError when another rank can't go on
  virtual void sum(torch::Tensor values) = 0;
  /// Puts the values of rank 0 into `values`.
  /// @param values contiguous, of any type, on any device
  /// @throws RankError
  virtual void share(torch::Tensor values) = 0;
};

}  // namespace orthocover::nn
