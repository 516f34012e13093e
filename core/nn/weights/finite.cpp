#include "core/nn/weights/finite.h"

#include "core/base/error.h"

namespace orthocover::nn {

void check_finite(const TensorMap& tensors, const std::string& what) {
  for (const auto& [key, tensor] : tensors) {
    if (!tensor.is_floating_point() || tensor.isfinite().all().item<bool>()) continue;
    throw model_error(
        "{}: tensor '{}' has values that are infinite or no numbers (NaN); its training went wrong or the "
        "file "
        "is damaged",
        what, key);
  }
}

}  // namespace orthocover::nn
