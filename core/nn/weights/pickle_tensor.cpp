#include "core/nn/weights/pickle_tensor.h"

#include <fmt/ranges.h>

#include <optional>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

constexpr std::size_t kMaxDimensions = 64;

std::optional<std::vector<std::int64_t>> sizes_of(const PickleValue& value) {
  const auto* tuple = as<PickleTuple>(value);
  if (tuple == nullptr || tuple->items.size() > kMaxDimensions) return std::nullopt;
  std::vector<std::int64_t> sizes;
  for (const PickleValue& item : tuple->items) {
    const auto* size = std::get_if<std::int64_t>(&item);
    if (size == nullptr || *size < 0) return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

/// Position of the last element of a view that is not empty, or nothing where it leaves 63 bits.
std::optional<std::int64_t> last_element(std::int64_t offset, const std::vector<std::int64_t>& size,
                                         const std::vector<std::int64_t>& stride) {
  std::int64_t last = offset;
  for (std::size_t i = 0; i < size.size(); ++i) {
    std::int64_t step = 0;
    if (__builtin_mul_overflow(size[i] - 1, stride[i], &step) || __builtin_add_overflow(last, step, &last)) {
      return std::nullopt;
    }
  }
  return last;
}

}  // namespace

torch::Tensor rebuild_tensor(const PickleTuple& arguments, const std::string& file) {
  const auto& items = arguments.items;
  const auto* storage = items.size() >= 4 ? as<PickleStorage>(items[0]) : nullptr;
  const auto* offset = items.size() >= 4 ? std::get_if<std::int64_t>(&items[1]) : nullptr;
  const auto size = items.size() >= 4 ? sizes_of(items[2]) : std::nullopt;
  const auto stride = items.size() >= 4 ? sizes_of(items[3]) : std::nullopt;
  if (storage == nullptr || offset == nullptr || *offset < 0 || !size || !stride ||
      size->size() != stride->size()) {
    throw model_error("{}: is damaged: a tensor is not described by storage, offset, size and stride", file);
  }
  const std::int64_t room = storage->elements.numel();
  const auto count = element_count(*size);
  const auto last = count && *count > 0 ? last_element(*offset, *size, *stride) : 0;
  const bool fits = count && *count <= room && last && (*count == 0 || *last < room);
  if (!fits) {
    throw model_error("{}: a tensor of shape [{}] reaches beyond its storage of {} elements", file,
                      fmt::join(*size, ", "), room);
  }
  if (*count == 0) return torch::empty(*size, storage->elements.options());
  return storage->elements.as_strided(*size, *stride, *offset);
}

}  // namespace orthocover::nn
