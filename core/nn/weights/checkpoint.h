#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/nn/weights/byte_source.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// How a checkpoint's state dict was found.
struct CheckpointReport {
  std::string format;                  ///< `safetensors`, `PyTorch archive` or `PyTorch stream`
  std::vector<std::string> unwrapped;  ///< containers around it, outermost first: `state_dict`
  std::vector<std::string> stripped;   ///< prefixes that all names had, outermost first: `module.`

  /// One line for people: `PyTorch archive; state dict found in 'state_dict'; prefix 'model.' removed`.
  std::string summary() const;
};

/// The state dict of a weights file of any kind that is read: safetensors, or a PyTorch checkpoint (.pth,
/// .pt, .ckpt) in the zip form or as the older plain stream, told apart by content. Containers such as
/// `state_dict` and `model` are unwrapped, prefixes such as `module.` removed where every name has them. No
/// code in the file is ever run. Types are the file's; tensors of PyTorch files may share memory.
/// @param report filled in if given
/// @throws Error{Model} for files that are damaged, refused or hold no state dict
TensorMap read_checkpoint(const std::filesystem::path& path, CheckpointReport* report = nullptr);
TensorMap read_checkpoint(const ByteSource& source, CheckpointReport* report = nullptr);

}  // namespace orthocover::nn
