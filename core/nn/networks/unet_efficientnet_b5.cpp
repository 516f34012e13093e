#include "core/nn/networks/encoder_decoder.h"

namespace orthocover::nn {

NetworkEntry unet_efficientnet_b5_entry();

NetworkEntry unet_efficientnet_b5_entry() {
  return {"unet-efficientnet-b5", "U-Net on EfficientNet-B5 (31.2 million parameters)",
          [](const NetworkOptions& options) {
            return make_unet("unet-efficientnet-b5", efficientnet_b5_variants(), options);
          }};
}

}  // namespace orthocover::nn
