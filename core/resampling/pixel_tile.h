#pragma once

#include <cstdint>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// How the pixels of a tile are kept: in the data type of the file where that is small.
enum class PixelDepth { Byte, UInt16, Float };

/// The depth that holds every value of a scene's bands.
PixelDepth depth_of(const RasterInfo& info);

/// Calls `work` with a value of the depth's type.
template <class Work>
decltype(auto) with_type_of(PixelDepth depth, const Work& work) {
  if (depth == PixelDepth::Byte) return work(std::uint8_t{});
  if (depth == PixelDepth::UInt16) return work(std::uint16_t{});
  return work(float{});
}

/// Bytes of a value.
inline std::size_t bytes_of(PixelDepth depth) {
  return with_type_of(depth, [](auto value) { return sizeof(value); });
}

/// Decoded pixels of one window of a scene, small enough to be kept.
struct PixelTile {
  Window place;
  PixelDepth depth = PixelDepth::Float;
  Buffer<std::uint8_t> values;      ///< bytes of numbers, @shape [bands, place.rows, place.cols] of the depth
  std::vector<std::uint8_t> valid;  ///< @shape [place.rows, place.cols]; empty: all are

  std::uint64_t bytes() const { return sizeof(PixelTile) + values.capacity() + valid.capacity(); }

  /// The pixels of a window of a scene, or of an overview of it, whose values fit into the depth.
  static PixelTile read(const RasterSource& source, const Window& place, int overview, PixelDepth depth);
  /// Copies what it has of `window` to where it is in `out`, which has that window's size.
  /// As floats, or as bytes what is kept as such.
  template <class Value>
  void unpack(const Window& window, PixelBlockOf<Value>& out) const;
  /// The validity alone.
  void unpack_validity(const Window& window, std::vector<std::uint8_t>& out) const;
};

}  // namespace orthocover
