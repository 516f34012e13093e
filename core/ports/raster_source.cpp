#include "core/ports/raster_source.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/rows.h"
#include "core/base/text.h"

namespace orthocover {

namespace {

/// Pixels that a raster may be off another one's grid.
constexpr double kOffGrid = 0.1;

}  // namespace

std::string RasterInfo::data_type() const {
  const std::string& first = bands.front().data_type;
  return std::ranges::all_of(bands, [&](const BandInfo& band) { return band.data_type == first; })
             ? first
             : "Float32";
}

std::vector<int> RasterInfo::bands_called(const std::vector<std::string>& names) const {
  std::vector<int> numbers;
  for (const std::string& name : names) {
    const auto is_called_so = [&](const BandInfo& band) {
      return to_lower(band.color) == to_lower(name) || to_lower(band.description) == to_lower(name);
    };
    const auto found = std::ranges::find_if(bands, is_called_so);
    if (found == bands.end()) return {};
    numbers.push_back(found->number);
  }
  return numbers;
}

void check_on_grid(const RasterInfo& raster, const RasterInfo& map) {
  if (raster.cols != map.cols || raster.rows != map.rows) {
    throw data_error("{}: has {} x {} pixels, the map has {} x {}; both must be on one grid", raster.path,
                     raster.cols, raster.rows, map.cols, map.rows);
  }
  if (!raster.georeference.geotransform || !map.georeference.geotransform) return;
  const std::array<double, 6>& own = *raster.georeference.geotransform;
  const std::array<double, 6>& wanted = *map.georeference.geotransform;
  const double allowed = kOffGrid * (std::abs(wanted[1]) + std::abs(wanted[2]));
  const auto check = [&](std::int64_t col, std::int64_t row, const char* what) {
    const auto at = [&](const std::array<double, 6>& g) {
      return on_map(g, static_cast<double>(col), static_cast<double>(row));
    };
    const auto [x, y] = at(own);
    const auto [wanted_x, wanted_y] = at(wanted);
    if (std::hypot(x - wanted_x, y - wanted_y) < allowed) return;
    throw data_error("{}: {} at {:.6f}, {:.6f}, the map at {:.6f}, {:.6f}; both must be on one grid",
                     raster.path, what, x, y, wanted_x, wanted_y);
  };
  check(0, 0, "begins");
  check(map.cols, map.rows, "ends");
}

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
