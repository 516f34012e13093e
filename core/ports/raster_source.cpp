#include "core/ports/raster_source.h"

#include <algorithm>

#include "core/base/rows.h"

namespace orthocover {

bool RasterSource::has_bytes() const {
  return std::ranges::all_of(info().bands, [](const BandInfo& band) { return band.data_type == "Byte"; });
}

void RasterSource::read_bytes(const Window& window, int overview, ByteBlock& out) const {
  PixelBlock block;
  read(window, overview, block);
  out.resize(block.bands, block.cols, block.rows);
  rows::narrow(block.values.data(), static_cast<std::int64_t>(block.values.size()), out.values.data());
  out.valid.swap(block.valid);
}

}  // namespace orthocover
