#pragma once

#include <map>

#include "core/inference/onednn/api.h"

namespace orthocover::onednn {

/// A convolution's weights in the order that oneDNN wants, made once and shared by all sizes of image; small
/// ones, as of depthwise convolutions, are made for each.
class WeightStore {
 public:
  explicit WeightStore(dnnl::engine engine) : m_engine(std::move(engine)) {}

  struct Packed {
    torch::Tensor values;
    // Where a gate scales them: the stored input channel of each `run` values.
    torch::Tensor channels;
    std::int64_t run = 0;
  };

  /// @param out,in lanes of the results and of what is read; `in` empty: the channels themselves
  const Packed& packed(const Op& conv, const std::vector<int>& out, const std::vector<int>& in,
                       const api::Desc& wanted);
  /// Input channels of a group as they are. @shape [blocks, channels * kernel rows * columns, block]
  torch::Tensor by_taps(const Op& conv, const std::vector<int>& lanes, std::int64_t block);
  torch::Tensor bias(const Op& conv, const std::vector<int>& out);
  /// For winograd::run.
  torch::Tensor winograd(const Op& conv, const std::vector<int>& out, const std::vector<int>& in,
                         std::int64_t block);
  /// For separable::Pointwise.
  torch::Tensor pointwise(const Op& conv, const std::vector<int>& out, const std::vector<int>& in,
                          std::int64_t block);
  std::uint64_t bytes() const;

 private:
  struct Entry {
    int id;
    api::Desc desc;
    std::unique_ptr<Packed> packed;
  };
  torch::Tensor reordered(const torch::Tensor& plain, const api::Desc& wanted) const;

  dnnl::engine m_engine;
  std::vector<Entry> m_entries;
  std::map<int, torch::Tensor> m_own;  ///< by the convolution's id
};

}  // namespace orthocover::onednn
