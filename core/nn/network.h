#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/nn/conv_unit.h"
#include "core/nn/torch.h"

namespace orthocover::nn {

/// What a network is built from. `options` are the architecture's own (e.g. {"output_stride": 8}), checked by
/// it.
struct NetworkOptions {
  int in_channels = 3;
  int classes = 1;
  nlohmann::json options = nlohmann::json::object();
};

/// A network that gives every pixel of an image a score for every class.
class SegmentationNetwork : public torch::nn::Module {
 public:
  /// Logits at the size of the input, as the reference implementation defines them.
  /// @shape [n, in_channels, h, w] -> [n, classes, h, w]; h and w multiples of size_multiple()
  virtual torch::Tensor forward(torch::Tensor image);

  /// Logits before the last upsampling, where the network's own definition allows to blend there; else
  /// forward(). Score (i, j) stands for the centre of the block of score_stride() squared input pixels.
  /// @shape [n, in_channels, h, w] -> [n, classes, h / score_stride(), w / score_stride()]
  virtual torch::Tensor forward_scores(torch::Tensor image) = 0;

  virtual int score_stride() const { return 1; }
  /// Height and width of inputs must be multiples of this.
  virtual int size_multiple() const = 0;

  /// Whether a parameter or buffer belongs to the part that turns the image into features, for training it
  /// more slowly or not at all.
  /// @param name in the state dict
  virtual bool is_in_encoder(const std::string& name) const { return name.starts_with("encoder."); }

  /// Makes forward passes fast where only they are wanted: batch norm goes into the convolutions before it,
  /// weights into the layout, on CUDA with the values of a pixel side by side. Call it once, in evaluation,
  /// on the device of the forward passes. Such a network is neither trained nor saved any more.
  void prepare_for_inference(ConvLayout layout = ConvLayout::ChannelsLast);
  bool is_prepared() const { return m_is_prepared; }

 private:
  /// ConvUnit::prepare_for_inference() of every unit.
  virtual void prepare_layers(ConvLayout /*layout*/) {}

  bool m_is_prepared = false;
};

/// An architecture that can be built by name.
struct NetworkEntry {
  std::string name;     ///< e.g. `deeplabv3plus-resnet34`
  std::string summary;  ///< one line for help
  std::shared_ptr<SegmentationNetwork> (*make)(const NetworkOptions& options);
};

/// All architectures, in the order of the list in core/nn/CMakeLists.txt.
const std::vector<NetworkEntry>& networks();

/// @throws Error{Model} for an unknown name (nearest name offered) or wrong options
std::shared_ptr<SegmentationNetwork> make_network(const std::string& architecture,
                                                  const NetworkOptions& options);

}  // namespace orthocover::nn
