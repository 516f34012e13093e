#include "core/nn/network.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover::nn {

torch::Tensor SegmentationNetwork::forward(torch::Tensor image) {
  const auto height = image.size(2);
  const auto width = image.size(3);
  torch::Tensor scores = forward_scores(std::move(image));
  if (score_stride() == 1) return scores;
  // Scores stand for the centres of blocks, hence align_corners = false.
  return torch::nn::functional::interpolate(scores, torch::nn::functional::InterpolateFuncOptions()
                                                        .size(std::vector<std::int64_t>{height, width})
                                                        .mode(torch::kBilinear)
                                                        .align_corners(false));
}

void SegmentationNetwork::prepare_for_inference(ConvLayout layout) {
  if (is_training()) throw internal_error("a network in training was to be prepared for inference");
  if (m_is_prepared) return;
  prepare_layers(layout);
  // cuDNN's kernels for tensor cores want the values of a pixel side by side; the CPU's units see to it
  // themselves.
  const torch::NoGradGuard no_gradients;
  for (torch::Tensor& parameter : parameters())
    if (parameter.is_cuda() && parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  m_is_prepared = true;
}

std::shared_ptr<SegmentationNetwork> make_network(const std::string& architecture,
                                                  const NetworkOptions& options) {
  const auto& entries = networks();
  const auto entry = std::ranges::find(entries, architecture, &NetworkEntry::name);
  if (entry == entries.end()) {
    std::vector<std::string> names;
    for (const auto& known : entries) names.push_back(known.name);
    throw model_error("architecture '{}' is unknown{}; known are {}", architecture,
                      did_you_mean(architecture, names), join(names));
  }
  if (options.in_channels < 1 || options.classes < 1)
    throw model_error(
        "architecture '{}': {} input bands and {} classes are not possible, both must be at least 1",
        architecture, options.in_channels, options.classes);
  if (!options.options.is_object())
    throw model_error("architecture '{}': its options must be a JSON object, not {}", architecture,
                      options.options.type_name());
  return entry->make(options);
}

}  // namespace orthocover::nn
