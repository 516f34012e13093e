#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/nn/weights/tensor_map.h"

namespace orthocover::nn {

/// Emits pickle opcodes, protocol 2, as Python's pickler does.
class PickleWriter {
 public:
  PickleWriter() : m_bytes("\x80\x02", 2) {}

  PickleWriter& raw(const std::string& bytes) { return m_bytes += bytes, *this; }
  PickleWriter& global(const std::string& module, const std::string& name) {
    return raw("c" + module + "\n" + name + "\n");
  }
  PickleWriter& text(const std::string& value);
  PickleWriter& number(std::int64_t value);
  PickleWriter& numbers(const std::vector<std::int64_t>& values);  ///< a tuple
  PickleWriter& ordered_dict() { return global("collections", "OrderedDict").raw(")R"); }
  /// A view of the storage `key`.
  PickleWriter& tensor(const std::string& storage_type, const std::string& key, std::int64_t elements,
                       std::int64_t offset, const std::vector<std::int64_t>& size,
                       const std::vector<std::int64_t>& stride, bool legacy = false);
  std::string finish() const { return m_bytes + "."; }

 private:
  std::string m_bytes;
};

/// A zip archive of stored entries.
std::string zip_archive(const std::vector<std::pair<std::string, std::string>>& entries);

/// What torch.save writes for a state dict inside these containers, outermost first. Strides are kept.
std::string torch_archive(const TensorMap& tensors, const std::vector<std::string>& wrappers = {});
/// The same with _use_new_zipfile_serialization=False.
std::string torch_stream(const TensorMap& tensors, const std::vector<std::string>& wrappers = {});

/// A stream whose object is this pickle, with these storage records behind it.
std::string stream_of(const std::string& object_pickle, const std::vector<std::string>& keys = {},
                      const std::string& storages = {});

}  // namespace orthocover::nn
