#include "core/inference/onednn/compiled_network.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/inference/onednn/kernels.h"
#include "core/inference/onednn/separable.h"
#include "core/inference/onednn/vectors.h"
#include "core/inference/onednn/winograd.h"
#include "core/nn/device.h"
#include "core/nn/tensor_peak.h"

namespace orthocover::onednn {
namespace {

using torch::nn::Conv2dOptions;

struct Case {
  std::string architecture;
  nlohmann::json options = nlohmann::json::object();
  int bands = 3;
};

void make_norms_count(nn::SegmentationNetwork& network) {
  const torch::NoGradGuard no_gradient;
  for (const auto& module : network.modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->running_mean.uniform_(-0.2, 0.2);
      norm->running_var.uniform_(0.7, 1.4);
      norm->weight.uniform_(0.7, 1.3);
      norm->bias.uniform_(-0.2, 0.2);
    }
  }
}

std::shared_ptr<nn::SegmentationNetwork> prepared(std::shared_ptr<nn::SegmentationNetwork> network) {
  make_norms_count(*network);
  network->eval();
  network->prepare_for_inference();
  return network;
}

std::shared_ptr<nn::SegmentationNetwork> prepared(const Case& which) {
  torch::manual_seed(3);
  return prepared(nn::make_network(which.architecture, {which.bands, 5, which.options}));
}

double difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

class CompiledNetworks : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    nn::set_threads(2);
    m_network = prepared(GetParam());
    m_compiled = CompiledNetwork::make(*m_network, GetParam().bands);
    ASSERT_NE(m_compiled, nullptr);
  }
  torch::Tensor images(std::int64_t n, std::int64_t rows, std::int64_t cols) const {
    return torch::randn(
        {n, GetParam().bands, rows * m_network->size_multiple(), cols * m_network->size_multiple()});
  }

  nn::InferenceScope m_scope;
  std::shared_ptr<nn::SegmentationNetwork> m_network;
  std::unique_ptr<CompiledNetwork> m_compiled;
};

TEST_P(CompiledNetworks, GiveLibTorchsScoresForImagesOfAnySize) {
  for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{{1, 1}, {4, 4}, {3, 7}, {6, 2}}) {
    const torch::Tensor image = images(1, rows, cols);
    const torch::Tensor scores = m_compiled->forward(image);
    if (!scores.defined()) {
      // oneDNN's fast convolutions don't all take a few pixels; LibTorch's do.
      ASSERT_LT(rows * cols, 16);
      continue;
    }
    const torch::Tensor expected = m_network->forward_scores(image);
    ASSERT_EQ(scores.sizes(), expected.sizes());
    EXPECT_TRUE(scores.is_contiguous());
    EXPECT_LE(difference(scores, expected), 2e-5) << rows << " x " << cols;
  }
}

TEST_P(CompiledNetworks, GiveAnImageTheSameScoresAloneAndInABatch) {
  const torch::Tensor batch = images(3, 3, 4);
  const torch::Tensor together = m_compiled->forward(batch);
  EXPECT_LE(difference(together, m_network->forward_scores(batch)), 2e-5);
  for (int i = 0; i < 3; ++i) {
    const torch::Tensor alone = m_compiled->forward(batch.narrow(0, i, 1).clone());
    EXPECT_TRUE(torch::equal(alone[0], together[i])) << i;
  }
}

TEST_P(CompiledNetworks, GiveTheSameScoresTwiceAndInThreadsThatRunAtOnce) {
  const torch::Tensor image = images(1, 4, 4);
  const torch::Tensor once = m_compiled->forward(image);
  std::array<bool, 2> equal{};
  {
    std::vector<std::jthread> threads;
    for (bool& mine : equal) {
      threads.emplace_back([&] {
        const nn::InferenceScope scope;
        mine =
            torch::equal(m_compiled->forward(image), once) && torch::equal(m_compiled->forward(image), once);
      });
    }
  }
  EXPECT_TRUE(equal[0] && equal[1]);
}

TEST_P(CompiledNetworks, GiveTheSameScoresWithAnyNumberOfThreads) {
  const torch::Tensor image = images(1, 5, 4);
  const torch::Tensor scores = m_compiled->forward(image);
  for (const int threads : {1, 3, 8}) {
    nn::set_threads(threads);
    EXPECT_TRUE(torch::equal(m_compiled->forward(image), scores)) << threads;
  }
  nn::set_threads(2);
}

TEST_P(CompiledNetworks, MakeNumbersOfBytesThemselves) {
  const std::int64_t side = 3 * m_network->size_multiple();
  const torch::Tensor bytes = torch::randint(256, {2, GetParam().bands, side, side + side / 3}, torch::kByte);
  std::vector<rows::Stretch> stretches;
  torch::Tensor numbers = torch::empty(bytes.sizes());
  for (int band = 0; band < GetParam().bands; ++band) {
    const auto b = static_cast<float>(band);
    stretches.push_back({1 / 255.0F, -0.01F * b, 0.9F, 2 + b, -0.5F * b});
    for (int i = 0; i < 2; ++i)
      rows::stretch(bytes[i][band].data_ptr<std::uint8_t>(), bytes[i][band].numel(), stretches.back(),
                    numbers[i][band].data_ptr<float>());
  }
  EXPECT_TRUE(torch::equal(m_compiled->forward(bytes, stretches), m_compiled->forward(numbers)));
  EXPECT_FALSE(m_compiled->forward(bytes).defined()) << "without what makes numbers of them";
}

TEST_P(CompiledNetworks, TellTheMemoryOfAPassBeforehand) {
  const torch::Tensor image = images(1, 4, 5);
  const auto bytes = m_compiled->tensor_bytes(image.size(2), image.size(3));
  const TensorPeak peak(true);
  const torch::Tensor scores = m_compiled->forward(image);
  EXPECT_EQ(bytes, peak.bytes());
}

TEST_P(CompiledNetworks, LeaveSizesThatTheNetworkRefusesToLibTorch) {
  EXPECT_FALSE(m_compiled->forward(torch::randn({1, GetParam().bands, 50, 64})).defined());
  EXPECT_FALSE(m_compiled->forward(torch::randn({1, GetParam().bands + 1, 64, 64})).defined());
  EXPECT_FALSE(m_compiled->tensor_bytes(50, 64));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases{
      {"orthonet-small"},
      {"orthonet-small", {{"score_stride", 4}}},
      {"orthonet-small", nlohmann::json::object(), 4},
      {"unet-resnet34"},
      {"unet-efficientnet-b5"},
      {"deeplabv3plus-resnet34"},
      {"deeplabv3plus-resnet34", {{"output_stride", 8}}},
      {"deeplabv3plus-efficientnet-b5"},
      {"deeplabv3plus-efficientnet-b5", {{"encoder_variant", "tu-tf_efficientnet_b5"}}, 5},
  };
  return kCases;
}

INSTANTIATE_TEST_SUITE_P(All, CompiledNetworks, testing::ValuesIn(cases()), [](const auto& which) {
  std::string name = fmt::format("{}_{}_{}", which.index, which.param.architecture, which.param.bands);
  std::ranges::replace(name, '-', '_');
  return name;
});

/// One convolution, and after it whatever is wanted.
class MadeNetworkImpl final : public nn::SegmentationNetwork {
 public:
  using After = torch::Tensor (*)(const torch::Tensor&);
  explicit MadeNetworkImpl(After after)
      : m_conv(register_module("conv", torch::nn::Conv2d(Conv2dOptions(3, 32, 3).padding(1)))),
        m_after(after) {}
  torch::Tensor forward_scores(torch::Tensor image) override { return m_after(m_conv->forward(image)); }
  int size_multiple() const override { return 8; }

 private:
  torch::nn::Conv2d m_conv;
  After m_after;
};

std::unique_ptr<CompiledNetwork> compiled(const std::shared_ptr<MadeNetworkImpl>& network) {
  network->eval();
  network->prepare_for_inference();
  return CompiledNetwork::make(*network, 3);
}

TEST(CompiledNetwork, IsNotMadeOfWhatItDoesNotKnow) {
  const auto unknown =
      std::make_shared<MadeNetworkImpl>([](const torch::Tensor& x) { return torch::erf(x); });
  EXPECT_EQ(compiled(unknown), nullptr);
}

TEST(CompiledNetwork, IsNotMadeOfStepsWhoseSizesAreNotLinear) {
  const auto squared = std::make_shared<MadeNetworkImpl>([](const torch::Tensor& x) {
    return torch::upsample_nearest2d(x, {x.size(2) * x.size(2), x.size(3)});
  });
  EXPECT_EQ(compiled(squared), nullptr);
  const auto across = std::make_shared<MadeNetworkImpl>([](const torch::Tensor& x) {
    return torch::upsample_nearest2d(x, {x.size(2) + x.size(3), x.size(3)});
  });
  EXPECT_EQ(compiled(across), nullptr) << "rows that depend on columns, too";
}

TEST(CompiledNetwork, IsNotMadeOfANetworkThatIsNotPrepared) {
  auto network = nn::make_network("orthonet-small", {3, 2});
  network->eval();
  EXPECT_EQ(CompiledNetwork::make(*network, 3), nullptr);
}

TEST(CompiledNetwork, KnowsWhatOurNetworksDoNotCombine) {
  const nn::InferenceScope scope;
  const std::vector<MadeNetworkImpl::After> all{
      [](const torch::Tensor& x) { return torch::sigmoid(torch::max_pool2d(x, 3, 2, 1)); },
      [](const torch::Tensor& x) {
        return torch::cat({x, torch::relu(x), x}, 1);
      },
      [](const torch::Tensor& x) {
        return torch::cat({torch::avg_pool2d(x, 2), torch::max_pool2d(x, 2)}, 1);
      },
      [](const torch::Tensor& x) { return torch::silu(x + torch::relu(x)); },
      [](const torch::Tensor& x) {
        return x * torch::sigmoid(x.mean(std::vector<std::int64_t>{2, 3}, true));
      },
      [](const torch::Tensor& x) {
        return torch::upsample_bilinear2d(x, {x.size(2) * 3, x.size(3) * 2}, true);
      },
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto network = std::make_shared<MadeNetworkImpl>(all[i]);
    const auto fast = compiled(network);
    ASSERT_NE(fast, nullptr) << i;
    const torch::Tensor image = torch::randn({2, 3, 24, 40});
    const torch::Tensor scores = fast->forward(image);
    ASSERT_TRUE(scores.defined()) << i;
    EXPECT_LE(difference(scores, network->forward_scores(image)), 1e-5) << i;
  }
}

/// @shape [channels, height, width] -> blocked
torch::Tensor blocked(const torch::Tensor& plain, std::int64_t block) {
  torch::Tensor out = torch::empty({plain.size(0) / block, plain.size(1), plain.size(2), block});
  to_blocked(plain.data_ptr<float>(), plain.size(0),
             {out.data_ptr<float>(), block, out.size(0), out.size(1), out.size(2)});
  return out;
}

class OwnConvolutions : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(OwnConvolutions, ByWinogradAreTheSameInSharesOfAnySize) {
  const std::int64_t block = std::get<0>(GetParam()), dilation = std::get<1>(GetParam());
  if (!vectors::are_available(block)) GTEST_SKIP() << "no instructions for blocks of " << block;
  torch::manual_seed(7);
  const vectors::Convolution conv{block, 2, 3, 13, 18, dilation, true, true};
  const auto in = 2 * block, out = 3 * block;
  const torch::Tensor image = torch::randn({in, 13, 18}), weight = torch::randn({out, in, 3, 3}) / 16;
  const torch::Tensor bias = torch::randn({out}), term = torch::randn({out, 13, 18});
  const auto options =
      torch::nn::functional::Conv2dFuncOptions().bias(bias).padding(dilation).dilation(dilation);
  const torch::Tensor expected = torch::relu(torch::nn::functional::conv2d(image, weight, options) + term);

  std::vector<float> weights(static_cast<std::size_t>(out * in * winograd::kProducts));
  for (std::int64_t group = 0; group < vectors::groups(3); ++group)
    winograd::transform_weights(weight.data_ptr<float>(), out, in, block, group, weights.data());
  const torch::Tensor from = blocked(image, block);
  for (const std::int64_t shares : {1, 4, 7}) {
    const torch::Tensor sum = blocked(term, block);
    const std::int64_t tiles = winograd::tiles(conv);
    std::vector<float> room(static_cast<std::size_t>(winograd::scratch_floats(conv, tiles)));
    for (std::int64_t i = 0; i < shares; ++i)
      for (std::int64_t group = 0; group < vectors::groups(3); ++group)
        winograd::run(conv, {i * tiles / shares, (i + 1) * tiles / shares, group, group + 1},
                      from.data_ptr<float>(), weights.data(), bias.data_ptr<float>(), room.data(),
                      sum.data_ptr<float>());
    torch::Tensor plain = torch::empty({out, 13, 18});
    to_plain({sum.data_ptr<float>(), block, 3, 13, 18}, out, plain.data_ptr<float>());
    EXPECT_LE(difference(plain, expected), 5e-6) << shares << " shares";
  }
}

/// The weights of a convolution of 1 x 1 as separable::Pointwise wants them.
torch::Tensor in_groups(const torch::Tensor& weight, std::int64_t block) {
  std::vector<torch::Tensor> groups;
  for (const torch::Tensor& group : weight.flatten(1).split(2 * block)) groups.push_back(group.t().flatten());
  return torch::cat(groups);
}

TEST_P(OwnConvolutions, OfSeveralStepsAreMadeInPieces) {
  namespace F = torch::nn::functional;
  const std::int64_t block = std::get<0>(GetParam()), dilation = std::get<1>(GetParam());
  if (!vectors::are_available(block)) GTEST_SKIP() << "no instructions for blocks of " << block;
  torch::manual_seed(8);
  constexpr std::int64_t kHeight = 31, kWidth = 101;
  const auto in = 2 * block, out = 3 * block;
  const bool grows = dilation == 1;
  const torch::Tensor large = torch::randn({block, kHeight, kWidth});
  const torch::Tensor small = grows ? torch::randn({block, 16, 34}) : torch::randn({block, kHeight, kWidth});
  const torch::Tensor grown = torch::upsample_bilinear2d(small.unsqueeze(0), {kHeight, kWidth}, false)[0];
  const torch::Tensor weight = torch::randn({in, 1, 3, 3}), weight_bias = torch::randn({in});
  const torch::Tensor first = torch::randn({out, in, 1, 1}) / 8, first_bias = torch::randn({out});
  const torch::Tensor second = torch::randn({block, out, 1, 1}) / 8, second_bias = torch::randn({block});
  const torch::Tensor by_block = weight.reshape({2, block, 9}).transpose(1, 2).contiguous();
  const torch::Tensor first_groups = in_groups(first, block), second_groups = in_groups(second, block);
  const torch::Tensor from_large = blocked(large, block), from_small = blocked(small, block);
  const separable::Growth growth{{small.size(1), kHeight, false}, {small.size(2), kWidth, false}};
  const std::vector<separable::Part> parts{
      {from_small.data_ptr<float>(), 1, small.size(1), small.size(2), grows ? &growth : nullptr},
      {from_large.data_ptr<float>(), 1, kHeight, kWidth, nullptr}};

  for (const bool two : {false, true}) {
    const torch::Tensor term = torch::randn({two ? block : out, kHeight, kWidth});
    const auto options =
        F::Conv2dFuncOptions().bias(weight_bias).padding(dilation).dilation(dilation).groups(in);
    torch::Tensor expected = torch::relu(F::conv2d(torch::cat({grown, large}), weight, options));
    expected = F::conv2d(expected, first, F::Conv2dFuncOptions().bias(first_bias));
    if (two) expected = F::conv2d(torch::relu(expected), second, F::Conv2dFuncOptions().bias(second_bias));
    expected = torch::relu(expected + term);

    separable::Chain chain{
        block, 2,  kHeight, kWidth,      dilation, by_block.data_ptr<float>(), weight_bias.data_ptr<float>(),
        true,  {}, {},      two ? 24 : 5};
    chain.first = {3, first_groups.data_ptr<float>(), first_bias.data_ptr<float>(), !two, true};
    if (two) chain.second = {1, second_groups.data_ptr<float>(), second_bias.data_ptr<float>(), true, true};
    const torch::Tensor sum = blocked(term, block);
    std::vector<float> room(static_cast<std::size_t>(separable::scratch_floats(chain, parts)));
    for (std::int64_t piece = separable::pieces(chain); piece-- > 0;)
      separable::run(chain, piece, parts, room.data(), sum.data_ptr<float>());
    torch::Tensor plain = torch::empty_like(expected);
    to_plain({sum.data_ptr<float>(), block, two ? 1 : 3, kHeight, kWidth}, plain.size(0),
             plain.data_ptr<float>());
    EXPECT_LE(difference(plain, expected), 5e-6) << "second: " << two;
  }
}

INSTANTIATE_TEST_SUITE_P(All, OwnConvolutions,
                         testing::Combine(testing::Values(8, 16), testing::Values(1, 2, 3, 7)));

}  // namespace
}  // namespace orthocover::onednn
