#include "core/ports/raster_source.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/rows.h"
#include "core/base/text.h"
#include "core/ports/band_name.h"

namespace orthocover {

namespace {

/// Pixels that a raster may be off another one's grid.
constexpr double kOffGrid = 0.1;

/// `(EPSG:25832)`; empty where there is none or a height too.
std::string epsg_code(const RasterInfo& info) {
  const std::size_t at = info.crs_name.rfind("(EPSG:");
  const bool has_height = info.georeference.crs_wkt.starts_with("COMPOUNDCRS");
  return at == std::string::npos || has_height ? "" : info.crs_name.substr(at);
}

}  // namespace

std::string RasterInfo::data_type() const {
  const std::string& first = bands.front().data_type;
  return std::ranges::all_of(bands, [&](const BandInfo& band) { return band.data_type == first; })
             ? first
             : "Float32";
}

bool is_band_colour(std::string_view name) {
  constexpr std::string_view kColours[] = {"red", "green", "blue", "nir"};
  return std::ranges::find(kColours, name) != std::end(kColours);
}

std::string band_name(const BandInfo& band) {
  std::string description = to_lower(band.description);
  std::string color = to_lower(band.color);
  // The first of many bands is often called grey by its format.
  const bool says_little = color.empty() || color == "undefined" || color == "gray";
  return is_band_colour(description) || (says_little && !description.empty()) ? description : color;
}

std::vector<int> RasterInfo::bands_called(const std::vector<std::string>& names) const {
  std::vector<int> numbers;
  for (const std::string& name : names) {
    const auto is_called_so = [&](const BandInfo& band) {
      const std::string wanted = to_lower(name);
      return band_name(band) == wanted || (!is_band_colour(wanted) && to_lower(band.description) == wanted);
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
  const std::string own_code = epsg_code(raster), map_code = epsg_code(map);
  if (own_code != map_code && !own_code.empty() && !map_code.empty())
    throw data_error("{}: is in {}, the map in {}; both must be on one grid", raster.path, raster.crs_name,
                     map.crs_name);
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
