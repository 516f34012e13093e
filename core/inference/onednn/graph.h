#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/nn/torch.h"

namespace orthocover::onednn {

/// Why a network can't be compiled. It never leaves this folder: such a network runs through LibTorch.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class OpKind {
  Image,
  Conv,
  Activate,
  Add,
  Multiply,  ///< by a gate: one value per channel or one per pixel
  Concat,
  MaxPool,
  AveragePool,
  GlobalPool,
  Bilinear,
  Nearest,
  Pad,
  Expand
};

enum class Activation { None, Relu, Silu, Sigmoid };

using Pair = std::array<std::int64_t, 2>;  ///< rows, columns

/// Window of a convolution or pooling; of a padding only before and after.
struct Geometry {
  Pair kernel{1, 1};
  Pair stride{1, 1};
  Pair before{0, 0};
  Pair after{0, 0};
  Pair dilation{1, 1};
  std::int64_t groups = 1;
  bool operator==(const Geometry&) const = default;
};

/// One image's extent.
struct Shape {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool operator==(const Shape&) const = default;
  std::int64_t pixels() const { return height * width; }
};

/// A step of a network; its result is known by the index of the step.
struct Op {
  OpKind kind = OpKind::Image;
  std::vector<int> inputs;
  Geometry geometry;
  Pair size{};  ///< of what Bilinear, Nearest and Expand give
  bool align_corners = false;
  Activation activation = Activation::None;
  torch::Tensor weight;
  torch::Tensor bias;  ///< may be undefined
  int id = -1;         ///< the same for all sizes of image

  // Set by fuse().
  int residual = -1;  ///< is added before the activation
  int gate = -1;      ///< factors of the input's channels
  // What is made on the way from the inputs to this convolution of 1 x 1. The inputs of a depthwise one are
  // the parts of what it reads; smaller ones grow to its size, bilinearly.
  std::shared_ptr<const Op> depthwise;
  std::shared_ptr<const Op> pointwise;  ///< behind that; may be null where there is a depthwise one
  bool pooled = false;                  ///< of the results, the means of 2 x 2 are kept
  Shape shape;

  /// The steps whose results this one reads.
  std::vector<int> reads() const;
};

/// Steps in the order in which they run.
struct Graph {
  std::vector<Op> ops;
  int result = 0;
};

/// Whether a plain convolution of the image with stride 2 makes so few channels that our way is the faster
/// one.
bool makes_few_channels(const Graph& graph, const Op& op);

/// Sets the shape of every step.
/// @throws Unsupported when steps don't fit each other
void infer_shapes(Graph& graph, const Shape& image);

/// Joins steps that one pass over the data can do: paddings, activations, sums and gates go into
/// convolutions. Convolutions of 1 x 1 that make fewer channels come before a bilinear resampling instead of
/// behind it. Shapes must be known.
/// @param separable also joins depthwise convolutions of 3 x 3 with what they read and what reads them
Graph fuse(const Graph& graph, bool separable);

}  // namespace orthocover::onednn
