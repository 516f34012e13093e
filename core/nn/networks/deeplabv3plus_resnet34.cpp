#include "core/nn/networks/encoder_decoder.h"

namespace orthocover::nn {

NetworkEntry deeplabv3plus_resnet34_entry();

NetworkEntry deeplabv3plus_resnet34_entry() {
  return {"deeplabv3plus-resnet34", "DeepLabV3+ on ResNet34 (22.4 million parameters)",
          [](const NetworkOptions& options) {
            return make_deeplabv3plus("deeplabv3plus-resnet34", resnet34_variants(), options);
          }};
}

}  // namespace orthocover::nn
