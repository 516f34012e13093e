#include "core/nn/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <link.h>
#include <malloc.h>

#include <filesystem>
#include <limits>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"

namespace orthocover::nn {

namespace {

int cuda_devices() {
  return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
}

/// The N of `cuda:N`, or -1.
int cuda_index(const std::string& text) {
  constexpr std::string_view kPrefix = "cuda:";
  if (!text.starts_with(kPrefix)) return -1;
  const int index = number_of<int>(std::string_view(text).substr(kPrefix.size())).value_or(-1);
  return index < 128 ? index : -1;
}

int note_blas(dl_phdr_info* info, std::size_t, void* found) {
  auto& path = *static_cast<std::string*>(found);
  const std::string file = std::filesystem::path(info->dlpi_name).filename();
  const bool is_blas = file.find("blas") != std::string::npos && file.find("cublas") == std::string::npos;
  if (path.empty() && (is_blas || file.find("libmkl") != std::string::npos)) path = info->dlpi_name;
  return 0;
}

}  // namespace

torch::Device parse_device(const std::string& text) {
  if (text == "cpu" || (text == "auto" && cuda_devices() == 0)) return torch::Device(torch::kCPU);
  if (text == "auto") return torch::Device(torch::kCUDA, 0);
  const int index = text == "cuda" ? 0 : cuda_index(text);
  if (index < 0)
    throw usage_error("--device: '{}' is not a device; allowed are auto, cpu, cuda, cuda:N", one_line(text));
  if (cuda_devices() == 0)
    throw resource_error("--device: '{}' is not available, LibTorch {} sees no CUDA device; use cpu or auto",
                         text, TORCH_VERSION);
  if (index >= cuda_devices())
    throw resource_error("--device: '{}' is not available; available are {}", text,
                         join(available_devices()));
  return torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(index));
}

torch::ScalarType inference_type(const std::string& name, const torch::Device& device) {
  if (name == "auto" || name == "float32") return torch::kFloat;
  if (name != "float16" && name != "bfloat16")
    throw usage_error("--precision: '{}' is not known; allowed are auto, float32, float16, bfloat16",
                      one_line(name));
  if (device.is_cpu())
    throw usage_error("--precision: {} is for CUDA devices; on the CPU use float32 or auto", name);
  return name == "float16" ? torch::kHalf : torch::kBFloat16;
}

void set_rounding(const std::string& precision) {
  at::globalContext().setAllowTF32CuDNN(precision != "float32");
}

std::vector<std::string> available_devices() {
  std::vector<std::string> names{"cpu"};
  for (int i = 0; i < cuda_devices(); ++i) names.push_back(fmt::format("cuda:{}", i));
  return names;
}

void set_threads(int threads) {
  if (threads < 0) throw usage_error("--threads: {} is below 0; 0 means all cores", threads);
  at::set_num_threads(threads_or_all(threads));
}

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

std::string blas_library() {
  std::string path;
  dl_iterate_phdr(note_blas, &path);
  std::error_code ignored;
  const auto resolved = std::filesystem::canonical(path, ignored);
  return ignored ? path : resolved.string();
}

}  // namespace orthocover::nn
