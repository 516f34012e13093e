#include <array>

#include "core/nn/option_reader.h"
#include "core/nn/orthonet/orthonet.h"

namespace orthocover::nn {

NetworkEntry orthonet_small_entry();

NetworkEntry orthonet_small_entry() {
  return {"orthonet-small",
          "our own: U-Net skips with attention gates and an atrous pyramid (2.5 million parameters)",
          [](const NetworkOptions& options) -> std::shared_ptr<SegmentationNetwork> {
            OptionReader reader("orthonet-small", options.options);
            const double dropout = reader.in_range("dropout", 0.1, 0, 0.9);
            const int rate = reader.one_of("pyramid_rate", 6, std::array{1, 2, 3, 4, 6, 8});
            const int stride = reader.one_of("score_stride", 2, std::array{2, 4});
            reader.finish();
            OrthoNetWidths widths{{16, 32, 96, 160, 224}, {1, 1, 1, 1}, 128, 96, {96, 64, 48}, rate};
            if (stride == 4) widths.decoder.pop_back();
            return std::make_shared<OrthoNet>(widths, options.in_channels, options.classes, dropout);
          }};
}

}  // namespace orthocover::nn
