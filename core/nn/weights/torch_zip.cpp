#include <map>

#include "core/base/error.h"
#include "core/nn/weights/restricted_pickle.h"
#include "core/nn/weights/torch_file.h"
#include "core/nn/weights/zip_reader.h"

namespace orthocover::nn {
namespace {

constexpr std::string_view kPickleEntry = "/data.pkl";

/// The storages of an archive, `<root>/data/<key>`, each read once.
class ZipStorages final : public PickleStorages {
 public:
  ZipStorages(const ByteSource& source, const ZipArchive& archive, std::string root)
      : m_source(source), m_archive(archive), m_root(std::move(root)), m_bytes_left(source.size()) {}

  torch::Tensor storage(const ElementType& type, const std::string& key, std::int64_t count) override {
    const auto found = m_read.find(key);
    torch::Tensor elements = found != m_read.end() ? found->second : read(type, key, count);
    if (elements.scalar_type() != type.type || elements.numel() != count) {
      throw model_error("{}: storage '{}' is used with two types or sizes", m_source.name(), key);
    }
    m_read.emplace(key, elements);
    return elements;
  }

 private:
  torch::Tensor read(const ElementType& type, const std::string& key, std::int64_t count) {
    const ZipEntry* entry = m_archive.find(m_root + "/data/" + key);
    if (entry == nullptr) throw model_error("{}: storage '{}' is missing", m_source.name(), key);
    const auto width = static_cast<std::uint64_t>(type.bytes);
    if (entry->bytes % width != 0 || entry->bytes / width != static_cast<std::uint64_t>(count)) {
      throw model_error("{}: storage '{}' has {} bytes, {} elements of {} were expected", m_source.name(),
                        key, entry->bytes, count, type.safetensors);
    }
    // Entries may overlap in a hostile file; honest ones never add up to more than the file.
    if (entry->bytes > m_bytes_left) throw model_error("{}: its storages overlap", m_source.name());
    m_bytes_left -= entry->bytes;
    torch::Tensor elements = allocate_elements(count, type.type);
    m_source.read(entry->offset, bytes_of(elements));
    make_booleans_sound(elements);
    return elements;
  }

  const ByteSource& m_source;
  const ZipArchive& m_archive;
  std::string m_root;
  std::uint64_t m_bytes_left;
  std::map<std::string, torch::Tensor> m_read;
};

/// The folder that everything lies in; it has the pickle of the root object.
std::string find_root(const ByteSource& source, const ZipArchive& archive) {
  for (const auto& [name, entry] : archive.entries()) {
    const std::string root = name.substr(0, name.find('/'));
    if (name != root + std::string(kPickleEntry)) continue;
    if (archive.find(root + "/constants.pkl") != nullptr) {
      throw model_error("{}: is a TorchScript program; load it in Python and save its state_dict() instead",
                        source.name());
    }
    return root;
  }
  throw model_error("{}: is a zip archive but no PyTorch checkpoint: it has no data.pkl", source.name());
}

void check_byte_order(const ByteSource& source, const ZipArchive& archive, const std::string& root) {
  const ZipEntry* entry = archive.find(root + "/byteorder");
  if (entry == nullptr) return;
  const std::string order = source.text(entry->offset, std::min<std::uint64_t>(entry->bytes, 32));
  if (order != "little") {
    throw model_error("{}: was written with the byte order '{}'; only 'little' is read", source.name(),
                      order);
  }
}

}  // namespace

void read_torch_zip(const ByteSource& source, TorchFile& file) {
  const ZipArchive archive(source);
  const std::string root = find_root(source, archive);
  check_byte_order(source, archive, root);
  const ZipEntry& entry = *archive.find(root + std::string(kPickleEntry));
  ZipStorages storages(source, archive, root);
  ByteCursor cursor(source, entry.offset, entry.offset + entry.bytes);
  file.root = load_restricted_pickle(cursor, file.heap, storages);
}

}  // namespace orthocover::nn
