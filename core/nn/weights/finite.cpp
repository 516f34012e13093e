#include "core/nn/weights/finite.h"

#include "core/base/error.h"
#include "core/base/plain_text.h"

namespace orthocover::nn {

void check_finite(const TensorMap& tensors, const std::string& what) {
  for (const auto& [key, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    const char* const kFault = "its training went wrong or the file is damaged";
    if (!tensor.isfinite().all().item<bool>())
      throw model_error("{}: tensor '{}' has values that are infinite or no numbers (NaN); {}", what,
                        shortened(key), kFault);
    if (key.ends_with("running_var") && tensor.lt(0).any().item<bool>())
      throw model_error("{}: tensor '{}' has variances below 0; {}", what, shortened(key), kFault);
  }
}

}  // namespace orthocover::nn
