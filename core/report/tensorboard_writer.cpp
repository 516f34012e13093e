#include "core/report/tensorboard_writer.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "core/report/metrics_log.h"

namespace orthocover {
namespace {

// Numbers of the fields in event.proto and summary.proto.
constexpr int kEventWallTime = 1;
constexpr int kEventStep = 2;
constexpr int kEventFileVersion = 3;
constexpr int kEventSummary = 5;
constexpr int kSummaryValue = 1;
constexpr int kValueTag = 1;
constexpr int kValueSimple = 2;

std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    table[byte] = crc;
  }
  return table;
}

template <class T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  if constexpr (std::endian::native == std::endian::big) bytes = std::string(bytes.rbegin(), bytes.rend());
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value % 128 + 128);
  return bytes + static_cast<char>(value);
}

std::string double_field(int field, double value) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 1) + little_endian(value);
}
std::string float_field(int field, float value) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 5) + little_endian(value);
}
std::string integer_field(int field, std::int64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(static_cast<std::uint64_t>(value));
}
std::string bytes_field(int field, std::string_view bytes) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

/// CRCs of data that hold CRCs are masked.
std::string masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return little_endian(static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xA282EAD8U));
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> kTable = crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 255U] ^ (crc >> 8);
  return ~crc;
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& folder, double wall_time_s)
    : m_path(folder /
             fmt::format("events.out.tfevents.{:010}.orthocover", static_cast<std::int64_t>(wall_time_s))) {
  write_record(double_field(kEventWallTime, wall_time_s) + bytes_field(kEventFileVersion, "brain.Event:2"));
}

void TensorboardWriter::scalar(std::string_view tag, std::int64_t step, double value, double wall_time_s) {
  const std::string entry =
      bytes_field(kValueTag, tag) + float_field(kValueSimple, static_cast<float>(value));
  write_record(double_field(kEventWallTime, wall_time_s) + integer_field(kEventStep, step) +
               bytes_field(kEventSummary, bytes_field(kSummaryValue, entry)));
}

void TensorboardWriter::write_record(const std::string& event) {
  const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
  append_record(m_path, length + masked_crc(length) + event + masked_crc(event));
}

}  // namespace orthocover
