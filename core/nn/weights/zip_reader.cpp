#include "core/nn/weights/zip_reader.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocator64Signature = 0x07064b50;
constexpr std::string_view kEndSignature = "PK\x05\x06";
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kLocator64Bytes = 20;
constexpr std::uint64_t kMaxTableBytes = 32U << 20;
constexpr std::uint64_t kMax32 = 0xffffffff;
constexpr std::uint64_t kMax16 = 0xffff;

/// The central directory's place.
struct Table {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
};

Error damaged(const ByteSource& source, std::string_view why) {
  return model_error("{}: is not a sound zip archive: {}", source.name(), why);
}

/// Place of the end record, which is the last thing but for a comment.
std::uint64_t find_end(const ByteSource& source) {
  const std::uint64_t tail_bytes = std::min(source.size(), kEndBytes + kMax16);
  const std::uint64_t tail_begin = source.size() - tail_bytes;
  const std::string tail = source.text(tail_begin, tail_bytes);
  for (std::size_t at = tail.rfind(kEndSignature); at != std::string::npos;
       at = tail.rfind(kEndSignature, at - 1)) {
    const std::uint64_t end = tail_begin + at;
    if (source.size() - end >= kEndBytes && source.number(end + 20, 2) == source.size() - end - kEndBytes) {
      return end;
    }
    if (at == 0) break;
  }
  throw damaged(source, "its end is missing; the file is truncated");
}

Table read_table64(const ByteSource& source, std::uint64_t locator, Table table) {
  const std::uint64_t record = source.number(locator + 8, 8);
  if (record > locator || locator - record < 56 || source.number(record, 4) != kEnd64Signature) {
    throw damaged(source, "its 64-bit end record is missing");
  }
  table.entries = source.number(record + 32, 8);
  table.bytes = source.number(record + 40, 8);
  table.offset = source.number(record + 48, 8);
  return table;
}

Table find_table(const ByteSource& source) {
  const std::uint64_t end = find_end(source);
  Table table{source.number(end + 16, 4), source.number(end + 12, 4), source.number(end + 10, 2)};
  if (source.number(end + 4, 4) != 0) throw damaged(source, "it is one part of several");
  const bool has_locator =
      end >= kLocator64Bytes && source.number(end - kLocator64Bytes, 4) == kLocator64Signature;
  if (has_locator) table = read_table64(source, end - kLocator64Bytes, table);
  if (table.offset > end || table.bytes > end - table.offset || table.bytes > kMaxTableBytes) {
    throw damaged(source, "its table lies outside the file");
  }
  return table;
}

/// Names that could leave a folder have no place in a checkpoint.
void check_name(const ByteSource& source, const std::string& name) {
  const std::filesystem::path path(name);
  const bool climbs = std::find(path.begin(), path.end(), "..") != path.end();
  if (name.empty() || path.is_absolute() || climbs ||
      name.find_first_of(std::string_view("\\\0", 2)) != std::string::npos) {
    throw model_error("{}: the archive has an entry with the unsafe name '{}'", source.name(), name);
  }
}

/// One record of the central directory.
struct Record {
  std::string name;
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t packed = 0;
  std::uint64_t bytes = 0;
  std::uint64_t local = 0;  ///< place of the local header
};

/// The 64-bit values follow in the extra field for those that do not fit 32 bits.
void read_extra64(ByteCursor extra, Record& record) {
  while (extra.left() >= 4) {
    const std::uint64_t id = extra.number(2);
    const std::uint64_t bytes = extra.number(2);
    if (id != 1) {
      extra.text(bytes);
      continue;
    }
    for (std::uint64_t* value : {&record.bytes, &record.packed, &record.local}) {
      if (*value == kMax32) *value = extra.number(8);
    }
    return;
  }
}

Record read_record(const ByteSource& source, ByteCursor& cursor) {
  if (cursor.number(4) != kCentralSignature) throw damaged(source, "its table is damaged");
  Record record;
  cursor.number(4);
  record.flags = cursor.number(2);
  record.method = cursor.number(2);
  cursor.number(8);
  record.packed = cursor.number(4);
  record.bytes = cursor.number(4);
  const std::uint64_t name_bytes = cursor.number(2);
  const std::uint64_t extra_bytes = cursor.number(2);
  const std::uint64_t comment_bytes = cursor.number(2);
  cursor.number(8);
  record.local = cursor.number(4);
  record.name = cursor.text(name_bytes);
  const std::uint64_t extra_begin = cursor.position();
  cursor.text(extra_bytes);
  read_extra64(ByteCursor(source, extra_begin, extra_begin + extra_bytes), record);
  cursor.text(comment_bytes);
  return record;
}

ZipEntry locate(const ByteSource& source, const Record& record, std::uint64_t table_begin) {
  if ((record.flags & 1) != 0) {
    throw model_error("{}: the archive's entry '{}' is encrypted; only plain entries are read", source.name(),
                      record.name);
  }
  if (record.method != 0 || record.packed != record.bytes) {
    throw model_error("{}: the archive's entry '{}' is compressed; PyTorch stores its entries as they are",
                      source.name(), record.name);
  }
  if (record.local > table_begin || table_begin - record.local < kLocalBytes ||
      source.number(record.local, 4) != kLocalSignature) {
    throw damaged(source, "an entry's header lies outside the file");
  }
  const std::uint64_t header =
      kLocalBytes + source.number(record.local + 26, 2) + source.number(record.local + 28, 2);
  const std::uint64_t room = table_begin - record.local;
  if (header > room || record.bytes > room - header) {
    throw model_error("{}: the archive's entry '{}' has {} bytes, more than the file holds", source.name(),
                      record.name, record.bytes);
  }
  return {record.local + header, record.bytes};
}

}  // namespace

ZipArchive::ZipArchive(const ByteSource& source) {
  const Table table = find_table(source);
  ByteCursor cursor(source, table.offset, table.offset + table.bytes);
  std::uint64_t count = 0;
  for (; cursor.left() > 0; ++count) {
    const Record record = read_record(source, cursor);
    check_name(source, record.name);
    if (!m_entries.emplace(record.name, locate(source, record, table.offset)).second) {
      throw model_error("{}: the archive's entry '{}' stands twice", source.name(), record.name);
    }
  }
  if (count != table.entries) throw damaged(source, "its table has another length than stated");
}

const ZipEntry* ZipArchive::find(const std::string& name) const {
  const auto found = m_entries.find(name);
  return found == m_entries.end() ? nullptr : &found->second;
}

bool looks_like_zip(const ByteSource& source) {
  return source.size() >= 4 && source.number(0, 4) == kLocalSignature;
}

}  // namespace orthocover::nn
