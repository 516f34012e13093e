#include "tests/core/nn/weights/torch_writer.h"

#include "core/nn/weights/dtype.h"

namespace orthocover::nn {
namespace {

std::string little_endian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A tensor's elements as its storage has them: with the gaps that its strides leave.
torch::Tensor storage_of(const torch::Tensor& tensor) {
  const auto elements = static_cast<std::int64_t>(tensor.storage().nbytes() / tensor.element_size());
  return torch::as_strided(tensor, {elements}, {1}, 0);
}

std::string raw_bytes(const torch::Tensor& tensor) {
  const auto bytes = bytes_of(tensor);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string key_of(std::size_t index) {
  return std::to_string(index);
}

/// The dict, its containers around it.
std::string object_pickle(const TensorMap& tensors, const std::vector<std::string>& wrappers, bool legacy) {
  PickleWriter writer;
  for (const std::string& wrapper : wrappers) {
    writer.raw("}(").text("epoch").number(3).text("lr").raw(
        std::string("G\x3f\xb9\x99\x99\x99\x99\x99\x9a", 9));
    writer.text("milestones").raw("](").number(30).number(70000).raw("e").text(wrapper);
  }
  writer.ordered_dict().raw("q").raw(std::string(1, '\0')).raw("(");
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const torch::Tensor& tensor = tensors[i].second;
    writer.text(tensors[i].first);
    writer.tensor(std::string(find_element_type(tensor.scalar_type())->storage), key_of(i),
                  storage_of(tensor).numel(), tensor.storage_offset(), tensor.sizes().vec(),
                  tensor.strides().vec(), legacy);
  }
  writer.raw("u}").text("_metadata").ordered_dict().raw("sb");
  for (std::size_t i = 0; i < wrappers.size(); ++i) writer.raw("u");
  return writer.finish();
}

std::string header(std::uint32_t signature, const std::string& name, std::size_t bytes, bool central) {
  std::string text = little_endian(signature, 4);
  if (central) text += little_endian(0, 2);
  text += little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 2);  // version, flags, method
  text += little_endian(0, 4) + little_endian(0, 4);                        // time, checksum
  return text + little_endian(bytes, 4) + little_endian(bytes, 4) + little_endian(name.size(), 2) +
         little_endian(0, 2);
}

}  // namespace

PickleWriter& PickleWriter::text(const std::string& value) {
  return raw(std::string("X").append(little_endian(value.size(), 4)).append(value));
}

PickleWriter& PickleWriter::number(std::int64_t value) {
  if (value >= 0 && value < 256)
    return raw(std::string("K").append(little_endian(static_cast<std::uint64_t>(value), 1)));
  if (value >= 0 && value < 65536)
    return raw(std::string("M").append(little_endian(static_cast<std::uint64_t>(value), 2)));
  return raw("\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8));
}

PickleWriter& PickleWriter::numbers(const std::vector<std::int64_t>& values) {
  raw("(");
  for (const std::int64_t value : values) number(value);
  return raw("t");
}

PickleWriter& PickleWriter::tensor(const std::string& storage_type, const std::string& key,
                                   std::int64_t elements, std::int64_t offset,
                                   const std::vector<std::int64_t>& size,
                                   const std::vector<std::int64_t>& stride, bool legacy) {
  global("torch._utils", "_rebuild_tensor_v2").raw("((").text("storage").global("torch", storage_type);
  text(key).text("cuda:0").number(elements).raw(legacy ? "Nt" : "t").raw("Q");
  number(offset).numbers(size).numbers(stride).raw("\x89").ordered_dict();
  return raw("tR");
}

std::string zip_archive(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string content;
  std::string table;
  for (const auto& [name, bytes] : entries) {
    table += header(0x02014b50, name, bytes.size(), true) + std::string(10, '\0');
    table += little_endian(content.size(), 4) + name;
    content += header(0x04034b50, name, bytes.size(), false) + name + bytes;
  }
  const std::string count = little_endian(entries.size(), 2);
  return content + table + "PK\x05\x06" + std::string(4, '\0') + count + count +
         little_endian(table.size(), 4) + little_endian(content.size(), 4) + std::string(2, '\0');
}

std::string torch_archive(const TensorMap& tensors, const std::vector<std::string>& wrappers) {
  std::vector<std::pair<std::string, std::string>> entries{
      {"archive/data.pkl", object_pickle(tensors, wrappers, false)}, {"archive/byteorder", "little"}};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    entries.emplace_back("archive/data/" + key_of(i), raw_bytes(storage_of(tensors[i].second)));
  }
  entries.emplace_back("archive/version", "3\n");
  return zip_archive(entries);
}

std::string stream_of(const std::string& object, const std::vector<std::string>& keys,
                      const std::string& storages) {
  PickleWriter magic;
  magic.raw("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
  PickleWriter system;
  system.raw("}q").raw(std::string(1, '\0')).raw("(").text("protocol_version").number(1001);
  system.text("little_endian").raw("\x88").text("type_sizes").raw("}(").text("int").number(4).raw("uu");
  PickleWriter list;
  list.raw("](");
  for (const std::string& key : keys) list.text(key);
  return magic.finish() + PickleWriter().number(1001).finish() + system.finish() + object +
         list.raw("e").finish() + storages;
}

std::string torch_stream(const TensorMap& tensors, const std::vector<std::string>& wrappers) {
  std::vector<std::string> keys;
  std::string storages;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const torch::Tensor storage = storage_of(tensors[i].second);
    keys.push_back(key_of(i));
    storages += little_endian(static_cast<std::uint64_t>(storage.numel()), 8) + raw_bytes(storage);
  }
  return stream_of(object_pickle(tensors, wrappers, true), keys, storages);
}

}  // namespace orthocover::nn
