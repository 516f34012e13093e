#pragma once

#include <functional>
#include <string>

#include "core/base/rows.h"
#include "core/inference/onednn/api.h"
#include "core/inference/onednn/layout.h"
#include "core/inference/onednn/weight_store.h"

namespace orthocover::onednn {

/// An image, channels one after the other: numbers, or bytes and what makes numbers of each channel's.
struct ImageValues {
  const float* values = nullptr;
  const std::uint8_t* bytes = nullptr;
  const rows::Stretch* stretches = nullptr;

  /// Numbers from `first` on, all of one channel.
  void copy(std::int64_t channel, std::int64_t first, std::int64_t count, float* to) const;
};

/// What one pass over one image works on.
struct Frame {
  ImageValues image;
  float* scores = nullptr;  ///< channels one after the other
  float* arena = nullptr;
  dnnl::stream* stream = nullptr;
};

/// Calls `work(slot, i)` for all i below `count`; what has the same slot doesn't run at the same time.
void deal_out(std::int64_t slots, std::int64_t count,
              const std::function<void(std::int64_t slot, std::int64_t i)>& work);

/// Something that runs.
struct Step {
  std::string name;
  std::string implementation;
  double multiply_adds = 0;
  std::function<void(const Frame&)> run;
};

/// What steps are made from. Graph and layout outlive the steps.
struct Workshop {
  const Graph& graph;
  Layout& layout;
  WeightStore& weights;
  dnnl::engine engine;
  std::vector<Step>& steps;

  const Op& op(int index) const { return graph.ops[static_cast<std::size_t>(index)]; }
};

/// Appends the steps of one convolution.
/// @throws Unsupported
void append_convolution(Workshop& workshop, int op);
/// Appends a convolution of the image in our way, which makes numbers of bytes as it goes, where that is the
/// faster one; else false, and nothing is appended.
bool append_own_on_image(Workshop& shop, int op, const std::string& name, double multiply_adds);
enum class When { Faster, Possible };
/// Appends a convolution by Winograd's way where that is so; else false, and nothing is appended. A term of a
/// sum must be at its place already.
bool append_winograd(Workshop& workshop, int op, const std::string& name, When when);

/// Appends a convolution of 1 x 1 that has a depthwise one before it, and perhaps another of 1 x 1 between. A
/// term of a sum must be at its place already.
void append_separable(Workshop& workshop, int op, const std::string& name);

/// Appends the steps of any other operation, and of what makes the last result the scores.
/// @throws Unsupported
void append_other(Workshop& workshop, int op);
void append_scores(Workshop& workshop);

}  // namespace orthocover::onednn
