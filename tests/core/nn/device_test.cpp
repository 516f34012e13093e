#include "core/nn/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/nn/device_stream.h"
#include "core/nn/network.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text, ErrorKind kind) {
  try {
    parse_device(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << text;
    return error.what();
  }
  return "";
}

TEST(Device, AutoIsTheFirstCudaDeviceOrTheCpu) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  EXPECT_EQ(parse_device("auto").is_cuda(), available_devices().size() > 1);
  EXPECT_EQ(available_devices().front(), "cpu");
}

TEST(Device, RefusesOtherTextsAndSaysWhatIsAllowed) {
  for (const char* text : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:999999999999", "CPU"})
    EXPECT_THAT(refusal(text, ErrorKind::Usage), HasSubstr("allowed are auto, cpu, cuda, cuda:N")) << text;
}

TEST(Device, RefusesACudaDeviceThatIsNotThere) {
  const auto text = fmt::format("cuda:{}", available_devices().size() - 1);
  EXPECT_THAT(refusal(text, ErrorKind::Resource), HasSubstr("'" + text + "' is not available"));
}

TEST(Device, ComputesOnACudaDevice_CUDA) {
  if (available_devices().size() == 1) GTEST_SKIP() << "no CUDA device";
  EXPECT_EQ(torch::ones({3}, parse_device("cuda")).sum().item<float>(), 3);
}

TEST(Device, HasNetworksThatOnlyScoreInTheOrderThatItsKernelsWant_CUDA) {
  if (available_devices().size() == 1) GTEST_SKIP() << "no CUDA device";
  const auto network = make_network("orthonet-small", {3, 2});
  network->eval();
  network->to(parse_device("cuda"));
  network->prepare_for_inference();
  network->to(torch::kHalf);
  for (const torch::Tensor& parameter : network->parameters())
    EXPECT_TRUE(parameter.dim() != 4 || parameter.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

TEST(Device, StartsBesideOtherWorkAndKeepsItsTroublesToItself_CUDA) {
  EXPECT_FALSE(started(torch::kCPU).valid());
  if (available_devices().size() == 1) GTEST_SKIP() << "no CUDA device";
  started(parse_device("cuda")).get();
  setenv("SIMULATED_CUDA_MOST_BYTES", "10", 1);
  EXPECT_NO_THROW(started(parse_device("cuda")).get());
  unsetenv("SIMULATED_CUDA_MOST_BYTES");
}

TEST(InferenceType, IsFloatUnlessAHalfPrecisionIsAskedForOnCuda) {
  const torch::Device cuda(torch::kCUDA, 0);
  EXPECT_EQ(inference_type("auto", torch::kCPU), torch::kFloat);
  EXPECT_EQ(inference_type("float32", cuda), torch::kFloat);
  EXPECT_EQ(inference_type("float16", cuda), torch::kHalf);
  EXPECT_EQ(inference_type("bfloat16", cuda), torch::kBFloat16);
  const auto refused = [](const std::string& name, const torch::Device& device) {
    try {
      inference_type(name, device);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused("float16", torch::kCPU),
            "--precision: float16 is for CUDA devices; on the CPU use float32 or auto");
  EXPECT_EQ(refused("int8", cuda),
            "--precision: 'int8' is not known; allowed are auto, float32, float16, bfloat16");
}

TEST(Threads, AreSetAndRefusedBelowZero) {
  set_threads(2);
  EXPECT_EQ(at::get_num_threads(), 2);
  EXPECT_THROW(set_threads(-1), Error);
}

TEST(LibTorch, TellsItsLinearAlgebra) {
  const auto blas = blas_library();
  if (!blas.empty()) {
    EXPECT_TRUE(std::filesystem::exists(blas)) << blas;
  }
}

}  // namespace
}  // namespace orthocover::nn
