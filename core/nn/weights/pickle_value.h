#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/nn/torch.h"
#include "core/nn/weights/dtype.h"

namespace orthocover::nn {

struct PickleList;
struct PickleTuple;
struct PickleDict;

/// A whole number of more than 64 bits, as its little-endian bytes.
struct PickleBigNumber {
  const std::string* bytes;
};

/// The elements of a storage, one-dimensional.
struct PickleStorage {
  torch::Tensor elements;
};

/// The few names that a checkpoint may refer to. They stand for code of ours; nothing is looked up or run.
enum class PickleFunction { OrderedDict, Size, RebuildTensor, RebuildParameter };

/// Anything that a restricted pickle can hold. Containers are pointers into the PickleHeap, so values are
/// small, sharing costs nothing and cycles do no harm.
using PickleValue =
    std::variant<std::monostate, bool, std::int64_t, double, PickleBigNumber, const std::string*, PickleList*,
                 const PickleTuple*, PickleDict*, const PickleStorage*, const torch::Tensor*, PickleFunction,
                 const ElementType*>;

struct PickleList {
  std::vector<PickleValue> items;
};
struct PickleTuple {
  std::vector<PickleValue> items;
};
/// Pairs in the order in which they were set; a key may stand more than once.
struct PickleDict {
  std::vector<std::pair<PickleValue, PickleValue>> items;
};

/// Owns what values point to.
struct PickleHeap {
  std::deque<std::string> texts;
  std::deque<PickleList> lists;
  std::deque<PickleTuple> tuples;
  std::deque<PickleDict> dicts;
  std::deque<PickleStorage> storages;
  std::deque<torch::Tensor> tensors;
};

/// The value as text, list, ... or null where it is something else.
template <class T>
const T* as(const PickleValue& value) {
  constexpr bool kMutable = std::is_same_v<T, PickleList> || std::is_same_v<T, PickleDict>;
  using Pointer = std::conditional_t<kMutable, T*, const T*>;
  const auto* pointer = std::get_if<Pointer>(&value);
  return pointer != nullptr ? *pointer : nullptr;
}

}  // namespace orthocover::nn
