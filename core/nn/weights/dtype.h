#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/nn/torch.h"

namespace orthocover::nn {

/// One element type that weight files may hold.
struct ElementType {
  torch::ScalarType type;
  std::string_view safetensors;  ///< `F32`
  std::string_view storage;      ///< PyTorch's storage class, `FloatStorage`
  int bytes;
};

/// All of them.
std::span<const ElementType> element_types();

/// The entry of a type, by type or by either name; null where weight files do not have it.
const ElementType* find_element_type(torch::ScalarType type);
const ElementType* find_element_type(std::string_view name);

/// Number of elements of a shape, or nothing where a size is negative or the product leaves 63 bits.
std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape);

/// A contiguous CPU tensor of `count` elements, not initialised.
/// @throws Error{Resource} when the memory is not there
torch::Tensor allocate_elements(std::int64_t count, torch::ScalarType type);

/// Turns any byte but 0 and 1 of a boolean tensor, undefined behaviour in C++, into 1.
void make_booleans_sound(torch::Tensor& tensor);

/// The bytes of a contiguous CPU tensor.
std::span<std::byte> bytes_of(const torch::Tensor& tensor);

}  // namespace orthocover::nn
