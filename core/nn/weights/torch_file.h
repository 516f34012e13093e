#pragma once

#include "core/nn/weights/byte_source.h"
#include "core/nn/weights/pickle_value.h"

namespace orthocover::nn {

/// What torch.save wrote: the root object; everything lives as long as the heap.
struct TorchFile {
  PickleHeap heap;
  PickleValue root;
};

/// Reads the zip form (PyTorch 1.6 and newer) with its storages.
/// @throws Error{Model} for TorchScript archives, big-endian files and whatever ZipArchive and the restricted
/// pickle refuse
void read_torch_zip(const ByteSource& source, TorchFile& file);

/// Reads the older plain stream: magic number, protocol, system, object, then the storages.
/// @throws Error{Model}
/// @source PyTorch's torch/serialization.py, the legacy form
void read_torch_stream(const ByteSource& source, TorchFile& file);

/// Whether the file begins with the magic number of the plain stream.
bool looks_like_torch_stream(const ByteSource& source);

}  // namespace orthocover::nn
