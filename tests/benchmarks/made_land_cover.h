#pragma once

#include <cstdint>
#include <string>

namespace orthocover::benchmark {

/// Writes a GeoTIFF (Byte, 512 px tiles, LZW, UTM, 10 cm) of six classes in patches of land-cover-like shape
/// and size, and a ragged rim without data. The same side and seed always give the same raster.
void make_land_cover(const std::string& path, std::int64_t side_px, std::uint32_t seed);

}  // namespace orthocover::benchmark
