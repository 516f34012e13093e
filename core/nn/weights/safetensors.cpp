#include "core/nn/weights/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/strict_json.h"
#include "core/nn/weights/dtype.h"

namespace orthocover::nn {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 8U << 20;
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kMaxDimensions = 64;
constexpr const char* kMetadataKey = "__metadata__";

/// A tensor as the header declares it.
struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<std::int64_t> shape;
  std::int64_t elements;
  std::uint64_t begin;  ///< in the data section
  std::uint64_t end;
};

/// Whole numbers of a JSON list, none negative.
std::vector<std::int64_t> whole_numbers(const Json& json, const std::string& where) {
  if (!json.is_array()) throw model_error("{} is not a list of whole numbers", where);
  std::vector<std::int64_t> numbers;
  for (const Json& item : json) {
    const bool fits = item.is_number_unsigned() && item.get<std::uint64_t>() <= INT64_MAX;
    if (!fits) throw model_error("{} is not a list of whole numbers", where);
    numbers.push_back(item.get<std::int64_t>());
  }
  return numbers;
}

const Json& member(const Json& object, const char* key, const std::string& where) {
  if (!object.is_object() || !object.contains(key)) throw model_error("{} lacks '{}'", where, key);
  return object.at(key);
}

Entry entry_from_json(const std::string& name, const Json& json, const std::string& file) {
  const std::string where = fmt::format("{}: tensor '{}'", file, shortened(name));
  const Json& type_name = member(json, "dtype", where);
  const ElementType* type =
      type_name.is_string() ? find_element_type(type_name.get_ref<const std::string&>()) : nullptr;
  if (type == nullptr || type->safetensors != type_name.get_ref<const std::string&>()) {
    throw model_error("{} has the data type {}; known are F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL",
                      where, shortened(type_name.dump(-1, ' ', true)));
  }
  Entry entry{name, type->type, whole_numbers(member(json, "shape", where), where + ": shape"), 0, 0, 0};
  if (entry.shape.size() > kMaxDimensions)
    throw model_error("{} has {} dimensions, at most {} are read", where, entry.shape.size(), kMaxDimensions);
  const auto offsets = whole_numbers(member(json, "data_offsets", where), where + ": data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    throw model_error("{}: data_offsets are not a begin and an end", where);
  }
  entry.begin = static_cast<std::uint64_t>(offsets[0]);
  entry.end = static_cast<std::uint64_t>(offsets[1]);
  const auto elements = element_count(entry.shape);
  const auto room = static_cast<std::int64_t>((entry.end - entry.begin) / type->bytes);
  if (!elements || *elements != room || (entry.end - entry.begin) % type->bytes != 0) {
    throw model_error("{}: shape [{}] of {} does not fit its {} bytes", where, fmt::join(entry.shape, ", "),
                      type->safetensors, entry.end - entry.begin);
  }
  entry.elements = *elements;
  return entry;
}

/// Brings the tensors into the order of their data, which they must cover exactly once.
void sort_by_place(std::vector<Entry>& entries, std::uint64_t data_bytes, const std::string& file) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t position = 0;
  for (const Entry& entry : entries) {
    if (entry.end > data_bytes) {
      throw model_error("{}: is truncated or damaged: tensor '{}' ends at byte {} of the data, {} are there",
                        file, shortened(entry.name), entry.end, data_bytes);
    }
    if (entry.begin != position) {
      throw model_error("{}: tensor '{}' begins at byte {} of the data, {} was expected: {}", file,
                        shortened(entry.name), entry.begin, position,
                        entry.begin < position ? "tensors overlap" : "bytes belong to no tensor");
    }
    position = entry.end;
  }
  if (position != data_bytes) {
    throw model_error("{}: {} bytes after the last tensor belong to nothing", file, data_bytes - position);
  }
}

std::map<std::string, std::string> metadata_from_json(const Json& json, const std::string& file) {
  std::map<std::string, std::string> metadata;
  if (!json.is_object()) throw model_error("{}: {} is not an object", file, kMetadataKey);
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) throw model_error("{}: {}: '{}' is not text", file, kMetadataKey, key);
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

torch::Tensor read_tensor(const ByteSource& source, const Entry& entry, std::uint64_t data_begin) {
  torch::Tensor tensor = allocate_elements(entry.elements, entry.type);
  source.read(data_begin + entry.begin, bytes_of(tensor));
  make_booleans_sound(tensor);
  return tensor.reshape(entry.shape);
}

std::string header_text(const ByteSource& source) {
  if (source.size() < kLengthBytes) {
    throw model_error("{}: is not a safetensors file: it has only {} bytes", source.name(), source.size());
  }
  const std::uint64_t length = source.number(0, kLengthBytes);
  if (length > kMaxHeaderBytes || length > source.size() - kLengthBytes) {
    throw model_error("{}: is not a safetensors file or is truncated: its header has {} bytes, {} are there",
                      source.name(), length, std::min(source.size() - kLengthBytes, kMaxHeaderBytes));
  }
  return source.text(kLengthBytes, length);
}

/// A tensor to write: its place in the file and its bytes.
struct Piece {
  torch::Tensor tensor;
  const ElementType* type;
  std::uint64_t begin = 0;
};

std::vector<Piece> lay_out(const TensorMap& tensors, const std::string& file,
                           std::vector<std::size_t>& order) {
  std::vector<Piece> pieces;
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (name == kMetadataKey || name.empty() || !names.insert(name).second) {
      throw model_error("{}: '{}' can't be a tensor's name, or stands twice", file, name);
    }
    const ElementType* type = tensor.defined() ? find_element_type(tensor.scalar_type()) : nullptr;
    if (type == nullptr) {
      throw model_error("{}: tensor '{}' has a data type that safetensors files do not hold", file, name);
    }
    pieces.push_back({tensor.detach().to(torch::kCPU).contiguous(), type});
  }
  order.resize(pieces.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return pieces[a].type->bytes > pieces[b].type->bytes;
  });
  std::uint64_t position = 0;
  for (const std::size_t i : order) {
    pieces[i].begin = position;
    position += pieces[i].tensor.nbytes();
  }
  return pieces;
}

std::string make_header(const TensorMap& tensors, const std::vector<Piece>& pieces,
                        const std::map<std::string, std::string>& metadata, const std::string& file) {
  Json header = {{kMetadataKey, metadata}};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    header[tensors[i].first] = {{"dtype", piece.type->safetensors},
                                {"shape", piece.tensor.sizes().vec()},
                                {"data_offsets", {piece.begin, piece.begin + piece.tensor.nbytes()}}};
  }
  try {
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
  } catch (const nlohmann::json::exception&) {
    throw model_error("{}: a tensor's name or a metadata text is not UTF-8", file);
  }
}

void write_bytes(std::ofstream& stream, const void* data, std::size_t count) {
  stream.write(static_cast<const char*>(data), static_cast<std::streamsize>(count));
}

}  // namespace

bool looks_like_safetensors(const ByteSource& source) {
  return source.size() > kLengthBytes && source.number(0, kLengthBytes) <= kMaxHeaderBytes &&
         source.text(kLengthBytes, 1) == "{";
}

Safetensors read_safetensors(const ByteSource& source) {
  const std::string text = header_text(source);
  const Json header = parse_strict_json(text, source.name() + ": header");
  if (!header.is_object()) throw model_error("{}: the header is not a JSON object", source.name());
  const std::uint64_t data_begin = kLengthBytes + text.size();
  Safetensors content;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadataKey) {
      content.metadata = metadata_from_json(value, source.name());
    } else {
      entries.push_back(entry_from_json(name, value, source.name()));
    }
  }
  sort_by_place(entries, source.size() - data_begin, source.name());
  for (const Entry& entry : entries) {
    content.tensors.emplace_back(entry.name, read_tensor(source, entry, data_begin));
  }
  return content;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return read_safetensors(FileBytes(path));
}

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       std::map<std::string, std::string> metadata) {
  metadata.emplace("format", "pt");
  std::vector<std::size_t> order;
  const std::vector<Piece> pieces = lay_out(tensors, path.string(), order);
  const std::string header = make_header(tensors, pieces, metadata, path.string());
  AtomicFile file(path);
  std::ofstream stream(file.temporary(), std::ios::binary);
  std::array<char, kLengthBytes> length{};
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<char>(header.size() >> (8 * i));
  write_bytes(stream, length.data(), length.size());
  write_bytes(stream, header.data(), header.size());
  for (const std::size_t i : order) {
    write_bytes(stream, pieces[i].tensor.data_ptr(), pieces[i].tensor.nbytes());
  }
  stream.close();
  if (!stream) throw resource_error("{}: writing failed: {}", path.string(), std::strerror(errno));
  file.commit();
}

}  // namespace orthocover::nn
