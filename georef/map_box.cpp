#include "georef/map_box.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/base/error.h"
#include "georef/gdal_error.h"

namespace orthocover {
namespace {

/// Points along each side of a box whose bounds are wanted in another CRS.
constexpr int kSidePoints = 21;
/// Pixels by which transformed edges may be off.
constexpr double kRounding = 1e-4;

/// What a geotransform makes of a box.
MapBox bounds(const std::array<double, 6>& g, const MapBox& box) {
  MapBox out{HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
  for (const double col : {box[0], box[2]}) {
    for (const double row : {box[1], box[3]}) {
      const double x = g[0] + col * g[1] + row * g[2];
      const double y = g[3] + col * g[4] + row * g[5];
      out = {std::min(out[0], x), std::min(out[1], y), std::max(out[2], x), std::max(out[3], y)};
    }
  }
  return out;
}

}  // namespace

MapBox raster_box(const std::array<double, 6>& geotransform, std::int64_t cols, std::int64_t rows) {
  return bounds(geotransform, {0, 0, static_cast<double>(cols), static_cast<double>(rows)});
}

std::optional<MapBox> transformed(const MapBox& box, const OGRSpatialReference& from,
                                  const OGRSpatialReference& to) {
  const GdalErrors silent;
  OGRSpatialReference source = from;
  OGRSpatialReference target = to;
  source.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  target.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const std::unique_ptr<OGRCoordinateTransformation> transform(
      OGRCreateCoordinateTransformation(&source, &target));
  MapBox out{};
  if (!transform || !transform->TransformBounds(box[0], box[1], box[2], box[3], &out[0], &out[1], &out[2],
                                                &out[3], kSidePoints))
    return std::nullopt;
  const bool finite = std::ranges::all_of(out, [](double value) { return std::isfinite(value); });
  return finite && out[0] <= out[2] ? std::optional(out) : std::nullopt;
}

Window same_ground(const RasterInfo& from, const Window& window, const RasterInfo& to) {
  if (!from.georeference.geotransform || !to.georeference.geotransform) return {};
  const OGRSpatialReference from_crs = crs_from_wkt(from.georeference.crs_wkt);
  const OGRSpatialReference to_crs = crs_from_wkt(to.georeference.crs_wkt);
  std::array<double, 6> transform = *to.georeference.geotransform;
  std::array<double, 6> inverse{};
  if (from_crs.IsEmpty() || to_crs.IsEmpty() || !GDALInvGeoTransform(transform.data(), inverse.data()))
    return {};
  const MapBox there =
      bounds(*from.georeference.geotransform,
             {double(window.col), double(window.row), double(window.right()), double(window.bottom())});
  const std::optional<MapBox> box = transformed(there, from_crs, to_crs);
  if (!box) return {};
  const auto [left, top, right, bottom] = bounds(inverse, *box);
  const auto inside = [](double at, std::int64_t end) {
    return static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(end)));
  };
  const std::int64_t col = inside(std::floor(left + kRounding), to.cols);
  const std::int64_t row = inside(std::floor(top + kRounding), to.rows);
  return {col, row, inside(std::ceil(right - kRounding), to.cols) - col,
          inside(std::ceil(bottom - kRounding), to.rows) - row};
}

Window window_of_box(const RasterInfo& scene, const std::array<double, 4>& corners) {
  if (corners[0] == corners[2] || corners[1] == corners[3])
    throw usage_error("--projwin: {} {} {} {} has no width or no height; give ULX ULY LRX LRY", corners[0],
                      corners[1], corners[2], corners[3]);
  if (!scene.georeference.geotransform) {
    throw data_error("{}: has no geotransform, so --projwin has no place", scene.path);
  }
  std::array<double, 6> transform = *scene.georeference.geotransform;
  std::array<double, 6> inverse{};
  if (!GDALInvGeoTransform(transform.data(), inverse.data())) {
    throw data_error("{}: its geotransform has no inverse", scene.path);
  }
  // It may be rotated.
  std::array<double, 4> cols{};
  std::array<double, 4> rows{};
  for (std::size_t i = 0; i < 4; ++i) {
    GDALApplyGeoTransform(inverse.data(), corners[i % 2 == 0 ? 0 : 2], corners[i < 2 ? 1 : 3], &cols[i],
                          &rows[i]);
  }
  // Corners on a pixel's border, as gdalinfo prints.
  const auto range = [](const std::array<double, 4>& at, std::int64_t end) {
    const auto inside = [&](double value) {
      return static_cast<std::int64_t>(std::clamp(value, 0.0, static_cast<double>(end)));
    };
    const auto [low, high] = std::ranges::minmax(at);
    return std::pair(inside(std::floor(low + 0.05)), inside(std::ceil(high - 0.05)));
  };
  const auto [left, right] = range(cols, scene.cols);
  const auto [top, bottom] = range(rows, scene.rows);
  const Window window{left, top, right - left, bottom - top};
  if (window.empty()) throw data_error("--projwin: the box does not meet {}", scene.path);
  return window;
}

bool meet(const MapBox& a, const MapBox& b) {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

namespace {

bool are_degrees(const MapBox& box) {
  return std::ranges::all_of(box, [](double value) { return std::abs(value) <= 360; });
}

}  // namespace

std::string box_text(const MapBox& box) {
  const int digits = are_degrees(box) ? 7 : 2;
  return fmt::format("{:.{}f} {:.{}f} .. {:.{}f} {:.{}f}", box[0], digits, box[1], digits, box[2], digits,
                     box[3], digits);
}

std::string both_extents(const std::string& what, const MapBox& box, const OGRSpatialReference* crs,
                         const RasterInfo& scene) {
  const std::string own = box_text(raster_box(*scene.georeference.geotransform, scene.cols, scene.rows)) +
                          (scene.crs_name.empty() ? "" : " in " + scene.crs_name);
  const OGRSpatialReference scene_crs = crs_from_wkt(scene.georeference.crs_wkt);
  if (crs != nullptr && crs->IsGeographic() && !are_degrees(box))
    return fmt::format(
        "{} reach over {}, which are no degrees, though their CRS is {}: give them their own (ogr2ogr "
        "-a_srs); the scene reaches over {}",
        what, box_text(box), crs_name(crs), own);
  if (crs == nullptr || scene_crs.IsEmpty())
    return fmt::format("{} reach over {}, the scene over {}", what, box_text(box), own);
  if (const std::optional<MapBox> there = transformed(box, *crs, scene_crs))
    return fmt::format("{} reach over {}, the scene over {}", what, box_text(*there), own);
  return fmt::format("{} reach over {} in {}, the scene over {}", what, box_text(box), crs_name(crs), own);
}

}  // namespace orthocover
