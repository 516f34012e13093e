#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/nn/weights/restricted_pickle.h"
#include "core/nn/weights/torch_file.h"

namespace orthocover::nn {
namespace {

/// 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kProtocol = 1001;

/// Storages whose bytes follow after the pickles; until then their elements are undefined.
class StreamStorages final : public PickleStorages {
 public:
  StreamStorages(const std::string& file, std::uint64_t bytes_left)
      : m_file(file), m_bytes_left(bytes_left) {}

  torch::Tensor storage(const ElementType& type, const std::string& key, std::int64_t count) override {
    const auto found = m_storages.find(key);
    torch::Tensor elements = found != m_storages.end() ? found->second : create(type, key, count);
    if (elements.scalar_type() != type.type || elements.numel() != count) {
      throw model_error("{}: storage '{}' is used with two types or sizes", m_file, key);
    }
    return elements;
  }

  /// Reads one storage: its number of elements, then their bytes.
  void fill(const std::string& key, ByteCursor& cursor) {
    const auto found = m_storages.find(key);
    if (found == m_storages.end()) {
      throw model_error("{}: storage '{}' belongs to no tensor, or stands twice", m_file, key);
    }
    const std::uint64_t count = cursor.number(8);
    if (count != static_cast<std::uint64_t>(found->second.numel())) {
      throw model_error("{}: storage '{}' has {} elements, {} were expected", m_file, key, count,
                        found->second.numel());
    }
    cursor.bytes(bytes_of(found->second));
    make_booleans_sound(found->second);
    m_storages.erase(found);
  }

  void check_all_filled() const {
    if (!m_storages.empty()) {
      throw model_error("{}: storage '{}' is missing", m_file, m_storages.begin()->first);
    }
  }

 private:
  torch::Tensor create(const ElementType& type, const std::string& key, std::int64_t count) {
    const auto room = static_cast<std::int64_t>(m_bytes_left / static_cast<std::uint64_t>(type.bytes));
    if (count > room) {
      throw model_error("{}: storage '{}' of {} elements is larger than the file", m_file, key, count);
    }
    m_bytes_left -= static_cast<std::uint64_t>(count * type.bytes);
    return m_storages.emplace(key, allocate_elements(count, type.type)).first->second;
  }

  const std::string& m_file;
  std::uint64_t m_bytes_left;
  std::map<std::string, torch::Tensor> m_storages;
};

bool is_true(const PickleValue& value) {
  const auto* flag = std::get_if<bool>(&value);
  return flag != nullptr && *flag;
}

/// `little_endian` of the record about the system that wrote the file.
void check_system(const PickleValue& value, const std::string& file) {
  const auto* record = as<PickleDict>(value);
  if (record == nullptr) throw model_error("{}: is damaged: the record of its system is missing", file);
  for (const auto& [key, entry] : record->items) {
    const auto* name = as<std::string>(key);
    if (name != nullptr && *name == "little_endian" && !is_true(entry)) {
      throw model_error("{}: was written in big-endian byte order; only little-endian is read", file);
    }
  }
}

}  // namespace

bool looks_like_torch_stream(const ByteSource& source) {
  const std::string head = source.text(0, std::min<std::uint64_t>(source.size(), 32));
  return head.starts_with('\x80') && head.find(kMagic) != std::string::npos;
}

void read_torch_stream(const ByteSource& source, TorchFile& file) {
  ByteCursor cursor(source, 0, source.size());
  StreamStorages storages(source.name(), source.size());
  const PickleValue magic = load_restricted_pickle(cursor, file.heap, storages);
  const auto* number = std::get_if<PickleBigNumber>(&magic);
  if (number == nullptr || *number->bytes != kMagic) {
    throw model_error("{}: is damaged: its magic number is wrong", source.name());
  }
  const PickleValue protocol = load_restricted_pickle(cursor, file.heap, storages);
  const auto* version = std::get_if<std::int64_t>(&protocol);
  if (version == nullptr || *version != kProtocol) {
    throw model_error("{}: has an unknown protocol; {} is read", source.name(), kProtocol);
  }
  check_system(load_restricted_pickle(cursor, file.heap, storages), source.name());
  file.root = load_restricted_pickle(cursor, file.heap, storages);
  const PickleValue keys = load_restricted_pickle(cursor, file.heap, storages);
  const auto* list = as<PickleList>(keys);
  if (list == nullptr) throw model_error("{}: is damaged: the list of storages is missing", source.name());
  for (const PickleValue& item : list->items) {
    const auto* key = as<std::string>(item);
    if (key == nullptr) throw model_error("{}: is damaged: a storage has no name", source.name());
    storages.fill(*key, cursor);
  }
  storages.check_all_filled();
}

}  // namespace orthocover::nn
