#include "core/nn/weights/tensor_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

struct SmallNet : torch::nn::Module {
  torch::nn::Conv2d conv{register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 3, 1)))};
  torch::nn::BatchNorm2d bn{register_module("bn", torch::nn::BatchNorm2d(3))};
};

std::string refusal(SmallNet& net, const TensorMap& tensors) {
  try {
    load_state(net, tensors, "file.pth");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Model);
    return error.what();
  }
  return "";
}

TEST(StateOf, NamesParametersAndBuffersInTheOrderOfTheReference) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state_of(SmallNet())) names.push_back(name);
  EXPECT_THAT(names, testing::ElementsAre("conv.weight", "conv.bias", "bn.weight", "bn.bias",
                                          "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"));
}

TEST(LoadState, CopiesAndCastsEveryTensor) {
  SmallNet from;
  SmallNet to;
  from.bn->running_var.fill_(0.25);
  TensorMap half;
  for (const auto& [name, tensor] : state_of(from)) half.emplace_back(name, tensor.detach().to(torch::kHalf));
  load_state(to, half, "file.pth");
  EXPECT_EQ(to.conv->weight.scalar_type(), torch::kFloat);
  EXPECT_TRUE(torch::equal(to.conv->weight, from.conv->weight.to(torch::kHalf).to(torch::kFloat)));
  EXPECT_EQ(to.bn->running_var[0].item<float>(), 0.25F);
  EXPECT_TRUE(to.conv->weight.requires_grad());
}

TEST(LoadState, AcceptsFilesWithoutBatchCounters) {
  SmallNet net;
  TensorMap state = state_of(SmallNet());
  state.pop_back();
  EXPECT_EQ(refusal(net, state), "");
}

TEST(LoadState, NamesTheMissingTheUnknownAndTheWrongTensorAndChangesNothing) {
  SmallNet net;
  const auto before = net.conv->weight.detach().clone();
  TensorMap missing = state_of(SmallNet());
  missing.erase(missing.begin() + 4);
  EXPECT_THAT(refusal(net, missing), testing::HasSubstr("file.pth: tensor 'bn.running_mean' [3] is missing"));

  TensorMap unknown = state_of(SmallNet());
  unknown.emplace_back("conv.weights", torch::zeros({1}));
  EXPECT_THAT(refusal(net, unknown),
              testing::HasSubstr("tensor 'conv.weights' [1] is not part of the network (did "
                                 "you mean 'conv.weight'?)"));

  TensorMap wrong = state_of(SmallNet());
  wrong[0].second = torch::zeros({3, 4, 1, 1});
  EXPECT_THAT(
      refusal(net, wrong),
      testing::HasSubstr("tensor 'conv.weight' has shape [3, 4, 1, 1], the network wants [3, 2, 1, 1]"));

  TensorMap twice = state_of(SmallNet());
  twice.push_back(twice.front());
  EXPECT_THAT(refusal(net, twice), testing::HasSubstr("a tensor name occurs twice"));
  EXPECT_TRUE(torch::equal(net.conv->weight, before));
}

}  // namespace
}  // namespace orthocover::nn
