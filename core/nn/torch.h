#pragma once

/// The one header through which LibTorch enters; differences between its versions (1.13, 2.6, 2.11) live
/// here.

#include <torch/torch.h>

namespace orthocover::nn {

/// Evaluation without gradients, for as long as the object lives. Networks must be in eval() mode already.
class InferenceScope {
 private:
  c10::InferenceMode m_guard{true};
};

}  // namespace orthocover::nn
