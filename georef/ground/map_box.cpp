#include "georef/ground/map_box.h"

#include <fmt/format.h>
#include <gdal.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// Points along each side of a box whose bounds are wanted in another CRS.
constexpr int kSidePoints = 21;
/// Pixels by which edges may be off.
constexpr double kRounding = 1e-4;

/// The transformation that was asked for last is kept: regions come by pairs of scenes.
bool to_other_crs(const std::string& from, const std::string& to, std::vector<double>& xs,
                  std::vector<double>& ys) {
  thread_local std::pair<std::string, std::string> last;
  thread_local std::unique_ptr<OGRCoordinateTransformation> transform;
  const GdalErrors silent;
  if (last != std::pair(from, to)) {
    const OGRSpatialReference source = crs_from_wkt(from), target = crs_from_wkt(to);
    transform.reset(OGRCreateCoordinateTransformation(&source, &target));
    last = {from, to};
  }
  return transform && transform->Transform(static_cast<int>(xs.size()), xs.data(), ys.data()) &&
         std::ranges::all_of(xs, [](double x) { return std::isfinite(x); });
}

}  // namespace

MapBox raster_box(const std::array<double, 6>& g, std::int64_t cols, std::int64_t rows) {
  MapBox box{HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
  for (const double col : {0.0, static_cast<double>(cols)}) {
    for (const double row : {0.0, static_cast<double>(rows)}) {
      const auto [x, y] = on_map(g, col, row);
      box = {std::min(box[0], x), std::min(box[1], y), std::max(box[2], x), std::max(box[3], y)};
    }
  }
  return box;
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
  const auto &a = from.georeference, &b = to.georeference;
  std::array<double, 6> transform = b.geotransform.value_or(std::array<double, 6>{});
  std::array<double, 6> inverse{};
  if (!a.geotransform || a.crs_wkt.empty() || b.crs_wkt.empty() ||
      !GDALInvGeoTransform(transform.data(), inverse.data()))
    return {};
  std::array<double, 6> own = *a.geotransform;
  std::vector<double> xs, ys;
  // In one CRS sides stay straight, and corners tell all; a thousand scenes are a million pairs.
  const bool is_one_crs = a.crs_wkt == b.crs_wkt;
  const int points = is_one_crs ? 2 : kSidePoints;
  for (int i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / (points - 1);
    for (const auto& [across, down] : {std::pair(share, 0.0), {share, 1.0}, {0.0, share}, {1.0, share}}) {
      GDALApplyGeoTransform(own.data(), double(window.col) + across * double(window.cols),
                            double(window.row) + down * double(window.rows), &xs.emplace_back(),
                            &ys.emplace_back());
    }
  }
  if (!is_one_crs && !to_other_crs(a.crs_wkt, b.crs_wkt, xs, ys)) return {};
  double left = HUGE_VAL, top = HUGE_VAL, right = -HUGE_VAL, bottom = -HUGE_VAL;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    double col = 0, row = 0;
    GDALApplyGeoTransform(inverse.data(), xs[i], ys[i], &col, &row);
    left = std::min(left, col), right = std::max(right, col);
    top = std::min(top, row), bottom = std::max(bottom, row);
  }
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
    throw option_error("--projwin: {} {} {} {} has no width or no height; give a larger box", corners[0],
                       corners[1], corners[2], corners[3]);
  if (!scene.georeference.geotransform)
    throw data_error("{}: has no geotransform, so --projwin has no place", scene.path);
  std::array<double, 6> transform = *scene.georeference.geotransform;
  std::array<double, 6> inverse{};
  if (!GDALInvGeoTransform(transform.data(), inverse.data()))
    throw data_error("{}: its geotransform has no inverse", scene.path);
  // It may be rotated.
  std::array<double, 4> cols{};
  std::array<double, 4> rows{};
  for (std::size_t i = 0; i < 4; ++i) {
    GDALApplyGeoTransform(inverse.data(), corners[i % 2 == 0 ? 0 : 2], corners[i < 2 ? 1 : 3], &cols[i],
                          &rows[i]);
  }
  // On a pixel's border, as gdalinfo prints.
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
  if (window.empty()) {
    const auto [west, east] = std::minmax(corners[0], corners[2]);
    const auto [south, north] = std::minmax(corners[1], corners[3]);
    throw EmptyScene(scene.path, " in --projwin: " +
                                     both_extents("the corners", {west, south, east, north}, nullptr, scene));
  }
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
