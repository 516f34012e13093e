#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/nn/weights/byte_source.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Content of a safetensors file.
struct Safetensors {
  TensorMap tensors;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
};

/// Reads a whole file; every tensor owns its memory. Types: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL.
/// @throws Error{Model} for anything but a sound file: header over 32 MiB or not JSON, sizes that do not fit
/// the shapes, gaps, overlaps, bytes left over, keys used twice
/// @source https://github.com/huggingface/safetensors, section "Format"
Safetensors read_safetensors(const std::filesystem::path& path);
Safetensors read_safetensors(const ByteSource& source);

/// Writes a file atomically. The data lie largest element type first, so that every tensor is aligned, else
/// in the order of `tensors`; the header is sorted by name. Equal input gives equal bytes.
/// @param metadata free text pairs; `format` is set to `pt` unless given
/// @throws Error{Model} for a type that the format lacks or an unusable or repeated name, Error{Resource}
/// when the disk refuses
void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       std::map<std::string, std::string> metadata = {});

/// Whether the file begins like a safetensors file: a plausible header length, then `{`.
bool looks_like_safetensors(const ByteSource& source);

}  // namespace orthocover::nn
