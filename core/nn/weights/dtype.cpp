#include "core/nn/weights/dtype.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover::nn {
namespace {

constexpr std::array<ElementType, 10> kElementTypes{{
    {torch::kFloat64, "F64", "DoubleStorage", 8},
    {torch::kFloat32, "F32", "FloatStorage", 4},
    {torch::kFloat16, "F16", "HalfStorage", 2},
    {torch::kBFloat16, "BF16", "BFloat16Storage", 2},
    {torch::kInt64, "I64", "LongStorage", 8},
    {torch::kInt32, "I32", "IntStorage", 4},
    {torch::kInt16, "I16", "ShortStorage", 2},
    {torch::kInt8, "I8", "CharStorage", 1},
    {torch::kUInt8, "U8", "ByteStorage", 1},
    {torch::kBool, "BOOL", "BoolStorage", 1},
}};

template <class Matches>
const ElementType* find_where(Matches matches) {
  const auto* const found = std::find_if(kElementTypes.begin(), kElementTypes.end(), matches);
  return found == kElementTypes.end() ? nullptr : &*found;
}

}  // namespace

std::span<const ElementType> element_types() {
  return kElementTypes;
}

const ElementType* find_element_type(torch::ScalarType type) {
  return find_where([type](const ElementType& entry) { return entry.type == type; });
}

const ElementType* find_element_type(std::string_view name) {
  return find_where(
      [name](const ElementType& entry) { return entry.safetensors == name || entry.storage == name; });
}

std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) empty = true;
    if (size > 0 && __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  return empty ? 0 : count;
}

torch::Tensor allocate_elements(std::int64_t count, torch::ScalarType type) {
  try {
    return torch::empty({count}, torch::TensorOptions().dtype(type).device(torch::kCPU));
  } catch (const c10::Error&) {
    throw resource_error("weights: not enough memory for a tensor of {} elements", count);
  }
}

void make_booleans_sound(torch::Tensor& tensor) {
  if (tensor.scalar_type() == torch::kBool) tensor.view(torch::kUInt8).clamp_max_(1);
}

std::span<std::byte> bytes_of(const torch::Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.data_ptr()), static_cast<std::size_t>(tensor.nbytes())};
}

}  // namespace orthocover::nn
