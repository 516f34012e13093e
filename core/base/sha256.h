#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace orthocover {

/// SHA-256 of a stream of bytes.
/// @source FIPS 180-4, section 6.2
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  /// The digest as 64 lower-case hexadecimal digits; the object is spent afterwards.
  std::string finish();

 private:
  void compress(const std::byte* block);

  std::array<std::uint32_t, 8> m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> m_block{};
  std::size_t m_in_block = 0;
  std::uint64_t m_total_bytes = 0;
};

std::string sha256_of_text(std::string_view text);

/// Digest of a whole file, read in pieces.
/// @throws Error{Data} when the file can't be read
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace orthocover
