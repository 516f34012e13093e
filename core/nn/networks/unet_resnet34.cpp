#include "core/nn/networks/encoder_decoder.h"

namespace orthocover::nn {

NetworkEntry unet_resnet34_entry();

NetworkEntry unet_resnet34_entry() {
  return {"unet-resnet34", "U-Net on ResNet34 (24.4 million parameters)", [](const NetworkOptions& options) {
            return make_unet("unet-resnet34", resnet34_variants(), options);
          }};
}

}  // namespace orthocover::nn
