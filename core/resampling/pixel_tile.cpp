#include "core/resampling/pixel_tile.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "core/base/rows.h"

namespace orthocover {
namespace {

template <class T>
void store(const Buffer<float>& from, Buffer<std::uint8_t>& to) {
  to.resize(from.size() * sizeof(T));
  std::ranges::transform(from, reinterpret_cast<T*>(to.data()),
                         [](float value) { return static_cast<T>(value); });
}

void widen(const std::uint8_t* from, std::int64_t count, float* to) {
  rows::widen(from, count, to);
}

template <class T, class Value>
void widen(const T* from, std::int64_t count, Value* to) {
  std::copy_n(from, count, to);
}

template <class T, class Value>
void load(const PixelTile& tile, const Window& part, const Window& window, PixelBlockOf<Value>& out) {
  const Window& place = tile.place;
  const auto* values = reinterpret_cast<const T*>(tile.values.data());
  for (int band = 0; band < out.bands; ++band) {
    for (std::int64_t row = part.row; row < part.bottom(); ++row) {
      widen(values + (band * place.rows + row - place.row) * place.cols + part.col - place.col, part.cols,
            out.band(band) + (row - window.row) * window.cols + part.col - window.col);
    }
  }
}

}  // namespace

PixelDepth depth_of(const RasterInfo& info) {
  const auto all_are = [&](const char* type) {
    return std::ranges::all_of(info.bands, [&](const BandInfo& band) { return band.data_type == type; });
  };
  return all_are("Byte") ? PixelDepth::Byte : all_are("UInt16") ? PixelDepth::UInt16 : PixelDepth::Float;
}

PixelTile PixelTile::read(const RasterSource& source, const Window& place, int overview, PixelDepth depth) {
  PixelTile tile{place, depth, {}, {}};
  if (depth == PixelDepth::Byte) {
    ByteBlock block;
    source.read_bytes(place, overview, block);
    tile.values = std::move(block.values);
    tile.valid = std::move(block.valid);
  } else {
    PixelBlock block;
    source.read(place, overview, block);
    with_type_of(depth, [&]<class T>(T) { store<T>(block.values, tile.values); });
    tile.valid = std::move(block.valid);
  }
  if (std::memchr(tile.valid.data(), 0, tile.valid.size()) == nullptr)
    tile.valid = std::vector<std::uint8_t>();  // its memory goes, too
  return tile;
}

template <class Value>
void PixelTile::unpack(const Window& window, PixelBlockOf<Value>& out) const {
  const Window part = intersect(place, window);
  if constexpr (std::is_same_v<Value, std::uint8_t>)
    load<std::uint8_t>(*this, part, window, out);
  else
    with_type_of(depth, [&]<class T>(T) { load<T>(*this, part, window, out); });
  unpack_validity(window, out.valid);
}

void PixelTile::unpack_validity(const Window& window, std::vector<std::uint8_t>& out) const {
  const Window part = intersect(place, window);
  for (std::int64_t row = part.row; row < part.bottom(); ++row) {
    const auto to = out.begin() + (row - window.row) * window.cols + part.col - window.col;
    if (valid.empty())
      std::fill_n(to, part.cols, std::uint8_t{1});
    else
      std::copy_n(valid.begin() + (row - place.row) * place.cols + part.col - place.col, part.cols, to);
  }
}

template void PixelTile::unpack(const Window& window, PixelBlock& out) const;
template void PixelTile::unpack(const Window& window, ByteBlock& out) const;

}  // namespace orthocover
