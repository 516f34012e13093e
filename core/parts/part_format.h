#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/parts/block_view.h"

namespace orthocover {

/// What the blocks of a map depend on. Two parts fit together when their keys are equal.
struct PartKey {
  std::string program;     ///< version: another one may round otherwise
  std::string scene;       ///< digest of the scene's content
  std::string model;       ///< digest of the model package
  nlohmann::json options;  ///< an object: those that change pixels, without those at their defaults
};

/// Which part of the whole a file holds: shard `index` of `count`, counted from 1; 0 of 0: a whole map.
struct ShardNumber {
  int index = 0;
  int count = 0;

  bool is_whole() const { return count == 0; }
  friend bool operator==(const ShardNumber&, const ShardNumber&) = default;
};

/// What a part file says of itself.
struct PartHeader {
  PartKey key;
  Window region;  ///< scene pixels of the map
  std::int64_t block_px = 512;
  bool confidence = false;  ///< a band after the map's
  int probabilities = 0;    ///< bands after those
  ShardNumber shard;

  int bands() const { return 1 + (confidence ? 1 : 0) + probabilities; }
};

/// A finished block: the map's values, then confidence and probabilities where there are any.
struct PartBlock {
  Window window;                                 ///< pixels of the map, a cell of the grid of blocks
  std::vector<std::vector<std::uint8_t>> bands;  ///< each @shape [rows, cols]

  BlockView view() const { return {window, {bands.begin(), bands.end()}}; }
};

/// Bounds of what is read; the bytes may come from anywhere.
inline constexpr std::size_t kMostPartHeaderBytes = 1 << 20;
inline constexpr std::int64_t kMostPartBlockPx = 512;
inline constexpr int kMostPartBands = 257;

/// The first bytes of a part file; the digit is the version of the format.
inline constexpr std::string_view kPartMagic = "orthocover part 1\n";

/// Magic and header, as a file begins.
std::string encode_part_header(const PartHeader& header);

/// The header's text between magic and first record.
/// @throws Error{Data} when it is none; `path` is for the message
PartHeader decode_part_header(std::string_view json, const std::string& path);

/// The bands of a block, packed: runs of equal bytes are short.
/// @cost at most 9 bytes a band longer than the pixels
std::string pack_bands(const BlockView& block);

/// @param bands how many there must be
/// @return false when the bytes are not those of such a block
bool unpack_bands(std::string_view packed, int bands, PartBlock& block);

/// Checksum of a record: the first 16 hexadecimal digits of SHA-256.
std::string part_checksum(std::string_view record);

/// Whether a window is a cell of the grid of blocks of a map.
bool is_block(const Window& window, const Window& region, std::int64_t block_px);

}  // namespace orthocover
