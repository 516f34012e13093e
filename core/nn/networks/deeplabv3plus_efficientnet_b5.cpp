#include "core/nn/networks/encoder_decoder.h"

namespace orthocover::nn {

NetworkEntry deeplabv3plus_efficientnet_b5_entry();

NetworkEntry deeplabv3plus_efficientnet_b5_entry() {
  return {"deeplabv3plus-efficientnet-b5", "DeepLabV3+ on EfficientNet-B5 (28.4 million parameters)",
          [](const NetworkOptions& options) {
            return make_deeplabv3plus("deeplabv3plus-efficientnet-b5", efficientnet_b5_variants(), options);
          }};
}

}  // namespace orthocover::nn
