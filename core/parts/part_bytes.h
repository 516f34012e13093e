#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Numbers of part files: eight bytes, the lowest first, whatever the machine's own order.
namespace orthocover {

inline constexpr std::size_t kNumberBytes = 8;
inline constexpr std::size_t kChecksumBytes = 16;

inline void put_number(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < kNumberBytes; ++i) out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
}

/// @param at eight bytes from here on must be there
inline std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i)
    number |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
  return number;
}

/// Head of a record, before its payload: what it is, and the column, row and payload bytes of a block. A
/// window of the scene that could not be read has its size as payload. The last record has the number of
/// blocks in place of the column.
struct RecordHead {
  static constexpr std::size_t kBytes = 4 * kNumberBytes;
  static constexpr std::uint64_t kBlock = 0x31'4b'43'4f'4c'42;    ///< "BLOCK1"
  static constexpr std::uint64_t kUnreadable = 0x31'45'4c'4f'48;  ///< "HOLE1"
  static constexpr std::uint64_t kEnd = 0x31'44'4e'45;            ///< "END1"

  std::uint64_t kind = kBlock;
  std::uint64_t col = 0;
  std::uint64_t row = 0;
  std::uint64_t payload_bytes = 0;

  std::string encode() const {
    std::string out;
    for (const std::uint64_t number : {kind, col, row, payload_bytes}) put_number(out, number);
    return out;
  }
  static RecordHead decode(std::string_view bytes) {
    return {number_at(bytes, 0), number_at(bytes, kNumberBytes), number_at(bytes, 2 * kNumberBytes),
            number_at(bytes, 3 * kNumberBytes)};
  }
};

}  // namespace orthocover
