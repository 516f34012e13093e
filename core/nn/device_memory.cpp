#include "core/nn/device.h"

#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace orthocover::nn {
namespace {

int note_cuda_runtime(dl_phdr_info* info, std::size_t, void* found) {
  auto& path = *static_cast<std::string*>(found);
  const std::string file = info->dlpi_name;
  if (path.empty() && file.find("libcudart") != std::string::npos) path = file;
  return 0;
}

/// cudaMemGetInfo() of the runtime that LibTorch has loaded: its headers are not needed to build, and builds
/// without CUDA have none.
using MemoryQuery = int (*)(std::size_t* free_bytes, std::size_t* total_bytes);
MemoryQuery memory_query() {
  std::string path;
  dl_iterate_phdr(note_cuda_runtime, &path);
  void* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return nullptr;
  const auto query = reinterpret_cast<MemoryQuery>(dlsym(library, "cudaMemGetInfo"));
  dlclose(library);
  return query;
}

}  // namespace

std::optional<std::uint64_t> free_memory(const torch::Device& device) {
  if (!device.is_cuda()) return std::nullopt;
  const MemoryQuery query = memory_query();
  if (query == nullptr) return std::nullopt;
  const c10::DeviceGuard guard(device);
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  if (query(&free_bytes, &total_bytes) != 0) return std::nullopt;
  return free_bytes;
}

bool is_out_of_memory(const c10::Error& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  // The allocator of the CPU on Windows and Linux, that of CUDA, page-locked memory, cuBLAS and cuDNN.
  static constexpr std::array<std::string_view, 6> kWords = {
      "not enough memory",          "can't allocate memory",     "out of memory",
      "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "DEVICE_ALLOCATION_FAILED"};
  const std::string_view text = error.what_without_backtrace();
  return std::ranges::any_of(
      kWords, [&](std::string_view words) { return text.find(words) != std::string_view::npos; });
}

Error error_of(const c10::Error& error, const torch::Device& device, std::string_view what,
               std::string_view cure) {
  if (!is_out_of_memory(error)) return internal_error("LibTorch failed: {}", error.what_without_backtrace());
  return resource_error("{} do not fit into the memory of {}; {}", what, device.str(), cure);
}

bool lacks_plan(const c10::Error& error) {
  const std::string_view text = error.what_without_backtrace();
  return text.find("unable to find an engine to execute this computation") != std::string_view::npos;
}

}  // namespace orthocover::nn
