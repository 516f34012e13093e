#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/nn/torch.h"

namespace orthocover::nn {

/// A device by its name on the command line: `auto` (the first CUDA device, else the CPU), `cpu`, `cuda`,
/// `cuda:N`.
/// @throws Error{Usage} for another text, Error{Resource} for a CUDA device that is not there
torch::Device parse_device(const std::string& text);

/// The type in which forward passes compute.
/// @param name `auto`, `float32`, `float16` or `bfloat16`
/// @throws Error{Usage} for another name, or a half precision on the CPU
torch::ScalarType inference_type(const std::string& name, const torch::Device& device);

/// What `auto` leaves to LibTorch: convolutions of float32 on CUDA round their factors to 10 bits (TF32), for
/// the process. With `float32` they don't.
void set_rounding(const std::string& precision);

/// Names of the devices that parse_device() would accept here, `cpu` first.
std::vector<std::string> available_devices();

/// Threads for the computations of the calling process; call once, early.
/// @param threads 0 for all cores
/// @throws Error{Usage} below 0
void set_threads(int threads);

/// Lets the process keep the memory of freed tensors for the next forward pass instead of handing it back to
/// the system page by page, which costs a fifth of the time with patches of 320 px (docs/benchmarks.md); and
/// has one heap for all threads, so that a scene's reading uses what the last one's left. Call before threads
/// start. No effect without glibc.
void keep_freed_memory();

/// File of the linear algebra library that this process has loaded, symbolic links resolved; empty when none
/// is. On Debian's LibTorch it decides whether networks run well or thirty times slower.
std::string blas_library();

/// Memory of a CUDA device that nobody has taken; nothing for the CPU, or where the CUDA runtime can't be
/// asked.
std::optional<std::uint64_t> free_memory(const torch::Device& device);

/// What a failure of LibTorch means: Error{Resource} where the memory of the device is out, else
/// Error{Internal}.
/// @param what the memory was for, in the plural, "the scores"
/// @param cure "use a smaller --patch-size"
Error error_of(const c10::Error& error, const torch::Device& device, std::string_view what,
               std::string_view cure);

}  // namespace orthocover::nn
