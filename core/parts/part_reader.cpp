#include "core/parts/part_reader.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "core/base/error.h"
#include "core/parts/part_bytes.h"

namespace orthocover {
namespace {

constexpr std::size_t kPieceBytes = 16 << 20;
constexpr std::uint64_t kMostSidePx = std::uint64_t{1} << 31;

std::int64_t blocks_along(std::int64_t px, std::int64_t block_px) {
  return (px + block_px - 1) / block_px;
}

}  // namespace

PartReader PartReader::open(const std::string& path) {
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) throw data_error("{}: can't be read", path);
  return {std::move(file), path};
}

PartReader::PartReader(std::unique_ptr<std::istream> bytes, std::string path)
    : m_bytes(std::move(bytes)), m_path(std::move(path)) {
  scan();
}

bool PartReader::read_bytes(std::size_t count, std::string& out) {
  out.clear();
  while (out.size() < count) {
    // Piece by piece: no memory for bytes that a damaged file only claims.
    const std::size_t before = out.size();
    out.resize(std::min(count, before + kPieceBytes));
    m_bytes->read(out.data() + before, static_cast<std::streamsize>(out.size() - before));
    const auto found = static_cast<std::size_t>(m_bytes->gcount());
    if (before + found == out.size()) continue;
    out.resize(before + found);
    return false;
  }
  return true;
}

bool PartReader::read_header() {
  std::string magic;
  const bool whole = read_bytes(kPartMagic.size(), magic);
  if (!kPartMagic.starts_with(magic))
    throw data_error(
        "{}: is no part of a map of this version of orthocover; merge takes what segment --shard made; "
        "beside an output of segment, delete it or choose another output",
        m_path);
  std::string text;
  if (!whole || !read_bytes(kNumberBytes, text)) return false;
  const std::uint64_t size = number_at(text, 0);
  if (size > kMostPartHeaderBytes) return false;
  std::string checksum;
  if (!read_bytes(size, text) || !read_bytes(kChecksumBytes, checksum) || checksum != part_checksum(text))
    return false;
  m_header = decode_part_header(text, m_path);
  m_sound_bytes = kPartMagic.size() + kNumberBytes + size + kChecksumBytes;
  return true;
}

std::uint64_t PartReader::most_payload(const Window& window) const {
  const auto pixels = static_cast<std::uint64_t>(window.pixels());
  return static_cast<std::uint64_t>(m_header->bands()) * (1 + kNumberBytes + pixels);
}

bool PartReader::is_new(const Window& window) {
  const std::int64_t columns = blocks_along(m_header->region.cols, m_header->block_px);
  const std::int64_t cell = window.row / m_header->block_px * columns + window.col / m_header->block_px;
  return m_seen.insert(cell).second;
}

/// Takes the next record if it is whole, sound and belongs here.
bool PartReader::read_record() {
  std::string head;
  if (!read_bytes(RecordHead::kBytes, head)) return false;
  const RecordHead record = RecordHead::decode(head);
  switch (record.kind) {
    case RecordHead::kBlock:
      return read_block(record, head);
    case RecordHead::kUnreadable:
      return read_unreadable(record, head);
    case RecordHead::kEnd:
      return read_end(record, head);
    default:
      return false;
  }
}

/// @param payload of as many bytes as the head says, which must be checked before
bool PartReader::read_payload(const RecordHead& record, const std::string& head, std::string& payload) {
  std::string checksum;
  return read_bytes(record.payload_bytes, payload) && read_bytes(kChecksumBytes, checksum) &&
         checksum == part_checksum(head + payload);
}

bool PartReader::read_block(const RecordHead& record, const std::string& head) {
  const Window& region = m_header->region;
  if (record.col >= static_cast<std::uint64_t>(region.cols) ||
      record.row >= static_cast<std::uint64_t>(region.rows))
    return false;
  const auto col = static_cast<std::int64_t>(record.col);
  const auto row = static_cast<std::int64_t>(record.row);
  PartBlock block{{col, row, std::min(m_header->block_px, region.cols - col),
                   std::min(m_header->block_px, region.rows - row)},
                  {}};
  std::string payload;
  if (!is_block(block.window, region, m_header->block_px) ||
      record.payload_bytes > most_payload(block.window) || !read_payload(record, head, payload) ||
      !unpack_bands(payload, m_header->bands(), block) || !is_new(block.window))
    return false;
  m_windows.push_back(block.window);
  m_offsets.push_back(m_sound_bytes);
  m_sound_bytes += RecordHead::kBytes + payload.size() + kChecksumBytes;
  return true;
}

bool PartReader::read_unreadable(const RecordHead& record, const std::string& head) {
  std::string payload;
  if (record.payload_bytes != 2 * kNumberBytes || !read_payload(record, head, payload)) return false;
  const std::array<std::uint64_t, 4> numbers = {record.col, record.row, number_at(payload, 0),
                                                number_at(payload, kNumberBytes)};
  if (std::ranges::any_of(numbers, [](std::uint64_t number) { return number > kMostSidePx; }) ||
      numbers[2] == 0 || numbers[3] == 0)
    return false;
  m_unreadable.push_back({static_cast<std::int64_t>(numbers[0]), static_cast<std::int64_t>(numbers[1]),
                          static_cast<std::int64_t>(numbers[2]), static_cast<std::int64_t>(numbers[3])});
  m_sound_bytes += RecordHead::kBytes + payload.size() + kChecksumBytes;
  return true;
}

bool PartReader::read_end(const RecordHead& record, const std::string& head) {
  std::string nothing;
  m_complete =
      record.payload_bytes == 0 && record.col == m_windows.size() && read_payload(record, head, nothing);
  return m_complete;
}

void PartReader::scan() {
  if (!read_header()) return;
  while (!m_complete && read_record()) {
  }
}

PartBlock PartReader::read(std::size_t index) {
  PartBlock block{m_windows.at(index), {}};
  std::string head;
  std::string payload;
  std::string checksum;
  m_bytes->clear();
  m_bytes->seekg(static_cast<std::streamoff>(m_offsets[index]));
  bool sound = read_bytes(RecordHead::kBytes, head);
  const std::uint64_t size = sound ? RecordHead::decode(head).payload_bytes : 0;
  sound = sound && size <= most_payload(block.window) && read_bytes(size, payload) &&
          read_bytes(kChecksumBytes, checksum) && checksum == part_checksum(head + payload) &&
          unpack_bands(payload, m_header->bands(), block);
  if (!sound) throw data_error("{}: changed while it was read, or the disk fails", m_path);
  return block;
}

}  // namespace orthocover
