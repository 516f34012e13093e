#include "core/nn/multiply_adds.h"

#include <gtest/gtest.h>

#include <utility>

namespace orthocover::nn {
namespace {

/// A network of a few layers.
class Layers final : public SegmentationNetwork {
 public:
  explicit Layers(torch::nn::Sequential layers, int multiple = 1)
      : m_layers(std::move(layers)), m_multiple(multiple) {
    register_module("layers", m_layers);
  }
  torch::Tensor forward_scores(torch::Tensor image) override { return m_layers->forward(image); }
  int size_multiple() const override { return m_multiple; }

 private:
  torch::nn::Sequential m_layers;
  int m_multiple;
};

using Conv = torch::nn::Conv2dOptions;

TEST(MultiplyAdds, AreThoseOfConvolutionsCountedByHand) {
  Layers plain(torch::nn::Sequential(
      torch::nn::Conv2d(Conv(3, 8, 3).stride(2).padding(1)), torch::nn::BatchNorm2d(8), torch::nn::ReLU(),
      torch::nn::Conv2d(Conv(8, 8, 5).groups(8).padding(2)), torch::nn::Conv2d(Conv(8, 4, 1))));
  EXPECT_EQ(count_multiply_adds(plain, 3, 32), 16U * 16 * (8 * 3 * 9 + 8 * 25 + 4 * 8));
}

TEST(MultiplyAdds, OfTransposedConvolutionsGoByTheInput) {
  Layers up(torch::nn::Sequential(
      torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(6, 5, 2).stride(2))));
  EXPECT_EQ(count_multiply_adds(up, 6, 16), 16U * 16 * 6 * 5 * 4);
}

TEST(MultiplyAdds, OfMatrixProducts) {
  Layers linear(torch::nn::Sequential(torch::nn::Linear(16, 7)), 16);
  EXPECT_EQ(count_multiply_adds(linear, 3, 16), 3U * 16 * 16 * 7);
}

TEST(MultiplyAdds, AreOfTheSideThatTheNetworkCanTake) {
  Layers one(torch::nn::Sequential(torch::nn::Conv2d(Conv(1, 1, 1))), 8);
  EXPECT_EQ(count_multiply_adds(one, 1, 9), 16U * 16);
}

TEST(MultiplyAdds, LeaveTheNetworkInTraining) {
  Layers one(torch::nn::Sequential(torch::nn::Conv2d(Conv(1, 1, 1))));
  one.train();
  count_multiply_adds(one, 1, 8);
  EXPECT_TRUE(one.is_training());
}

}  // namespace
}  // namespace orthocover::nn
