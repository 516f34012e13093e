#pragma once

#include <string>

#include "core/nn/weights/byte_source.h"
#include "core/nn/weights/pickle_value.h"

namespace orthocover::nn {

/// Where the machine gets the storages that a pickle refers to.
class PickleStorages {
 public:
  PickleStorages() = default;
  PickleStorages(const PickleStorages&) = delete;
  PickleStorages& operator=(const PickleStorages&) = delete;
  virtual ~PickleStorages() = default;

  /// `count` elements of a type; the same memory each time for the same key.
  /// @throws Error{Model} when there is no such storage or its size is another
  virtual torch::Tensor storage(const ElementType& type, const std::string& key, std::int64_t count) = 0;
};

/// Runs one pickle up to its end. Builds tensors, dicts, lists, tuples, texts, numbers, booleans and None;
/// anything else is refused by name and nothing is ever called.
/// @throws Error{Model} also for damaged, oversized (64 MiB, 4 million steps) or unsupported streams
/// @source CPython's Lib/pickletools.py for the opcodes; PyTorch's torch/_utils.py for what tensors are made
/// of
PickleValue load_restricted_pickle(ByteCursor& cursor, PickleHeap& heap, PickleStorages& storages);

}  // namespace orthocover::nn
