#include "core/operations/results/scene_facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/operations/results/fact_list.h"

namespace orthocover {
namespace {

using Json = nlohmann::ordered_json;

/// Larger scenes gain from overviews and tiles.
constexpr std::int64_t kLargeScenePx = 4096;

std::string size_text(std::int64_t cols, std::int64_t rows) {
  return fmt::format("{} x {}", cols, rows);
}

/// Corners in the scene's CRS: upper left, upper right, lower right, lower left.
std::vector<std::array<double, 2>> corners(const RasterInfo& info) {
  const auto& g = *info.georeference.geotransform;
  const auto cols = static_cast<double>(info.cols);
  const auto rows = static_cast<double>(info.rows);
  std::vector<std::array<double, 2>> points;
  for (const auto& [col, row] : {std::pair{0.0, 0.0}, {cols, 0.0}, {cols, rows}, {0.0, rows}})
    points.push_back(on_map(g, col, row));
  return points;
}

std::string extent_text(const RasterInfo& info) {
  if (info.control_points > 0) return fmt::format("{} ground control points only", info.control_points);
  if (!info.georeference.geotransform) return "no georeference";
  const auto points = corners(info);
  const auto less_x = [](const auto& a, const auto& b) { return a[0] < b[0]; };
  const auto less_y = [](const auto& a, const auto& b) { return a[1] < b[1]; };
  const auto [left, right] = std::ranges::minmax_element(points, less_x);
  const auto [low, high] = std::ranges::minmax_element(points, less_y);
  return fmt::format("x {:.10g} .. {:.10g}, y {:.10g} .. {:.10g}", (*left)[0], (*right)[0], (*low)[1],
                     (*high)[1]);
}

bool has_nodata(const RasterInfo& info) {
  return std::ranges::any_of(info.bands, [](const BandInfo& band) { return band.nodata.has_value(); });
}

std::string validity_text(const RasterInfo& info) {
  std::vector<std::string> signs;
  if (info.has_alpha) signs.push_back("alpha band");
  if (info.has_mask) signs.push_back("mask");
  if (has_nodata(info)) {
    const auto band =
        std::ranges::find_if(info.bands, [](const BandInfo& b) { return b.nodata.has_value(); });
    signs.push_back(fmt::format("nodata value {}", *band->nodata));
  }
  return signs.empty() ? "everything is valid" : join(signs);
}

std::string bands_text(const RasterInfo& info) {
  std::vector<std::string> bands;
  for (const BandInfo& band : info.bands) {
    const std::string name = band.description.empty() ? band.color : band.description;
    bands.push_back(fmt::format("{} {} {}", band.number, band.data_type, name));
  }
  return join(bands);
}

std::string ground_text(const RasterInfo& info, const PixelSize& pixel) {
  if (!info.ground_size_m) return "unknown";
  const double side = *info.ground_size_m;
  return fmt::format("{:.4g} m a pixel, the scene is about {:.4g} m x {:.4g} m", side,
                     (pixel.is_metric ? pixel.width_m : side) * static_cast<double>(info.cols),
                     (pixel.is_metric ? pixel.height_m : side) * static_cast<double>(info.rows));
}

std::string overviews_text(const RasterInfo& info) {
  std::vector<std::string> sizes;
  for (const OverviewInfo& overview : info.overviews)
    sizes.push_back(size_text(overview.cols, overview.rows));
  return sizes.empty() ? "none" : join(sizes);
}

void add_place(const RasterInfo& info, Json& facts) {
  facts["crs"] = info.crs_name;
  facts["ground_size_m"] = or_null(info.ground_size_m);
  const auto& geotransform = info.georeference.geotransform;
  facts["geotransform"] = or_null(geotransform);
  facts["corners"] = geotransform ? Json(corners(info)) : Json();
}

}  // namespace

Json scene_facts(const RasterInfo& info) {
  Json facts = {{"path", info.path}, {"driver", info.driver}, {"cols", info.cols}, {"rows", info.rows}};
  facts["file_bands"] = info.file_bands;
  facts["bands"] = Json::array();
  for (const BandInfo& band : info.bands) {
    Json entry = {{"data_type", band.data_type}, {"description", band.description}, {"color", band.color}};
    entry["nodata"] = or_null(band.nodata);
    facts["bands"].push_back(entry);
  }
  facts["has_alpha"] = info.has_alpha;
  facts["has_mask"] = info.has_mask;
  add_place(info, facts);
  facts["block_px"] = {info.block_cols, info.block_rows};
  facts["overviews_px"] = Json::array();
  for (const OverviewInfo& overview : info.overviews)
    facts["overviews_px"].push_back({overview.cols, overview.rows});
  facts["advice"] = scene_advice(info);
  return facts;
}

std::vector<std::string> scene_advice(const RasterInfo& info) {
  std::vector<std::string> advice;
  const bool large = std::max(info.cols, info.rows) > kLargeScenePx;
  if (large && info.overviews.empty()) {
    advice.push_back(fmt::format(
        "no overviews: coarse levels have to read every pixel; cure: gdaladdo -r average {} 2 4 8 16",
        info.path));
  }
  if (large && info.block_cols >= info.cols) {
    advice.push_back(
        "stored in strips: windows read more than they need; cure: gdal_translate -co TILED=YES -co "
        "COMPRESS=DEFLATE");
  }
  if (!info.has_alpha && !info.has_mask && !has_nodata(info)) {
    advice.push_back(
        "no alpha band, mask or nodata value: an empty collar would be mapped as ground; cure: nearblack "
        "-setalpha, or gdal_edit.py -a_nodata VALUE");
  }
  if (!info.ground_size_m) {
    advice.push_back("the ground size of a pixel is unknown: give segment the --pixel-size in metres");
  }
  if (info.control_points > 0) {
    advice.push_back("placed by ground control points, which maps can't keep; cure: gdalwarp");
  }
  if (info.pages > 1) {
    advice.push_back(fmt::format(
        "only the first of its {} pages is read; cure: gdal_translate each to a file", info.pages));
  }
  return advice;
}

std::string scene_report(const RasterInfo& info, const PixelSize& pixel) {
  FactList list(fmt::format("{}: {} px, {} of {} bands are data, {}", info.path,
                            size_text(info.cols, info.rows), info.bands.size(), info.file_bands,
                            info.driver));
  list.add("bands", bands_text(info))
      .add("no data", validity_text(info))
      .add("CRS", info.crs_name.empty() ? "none" : info.crs_name)
      .add("ground size", ground_text(info, pixel))
      .add("extent", extent_text(info))
      .add("blocks", size_text(info.block_cols, info.block_rows) + " px")
      .add("overviews", overviews_text(info));
  for (std::string& advice : scene_advice(info)) list.advise(std::move(advice));
  return list.text();
}

Json map_facts(const RasterInfo& info, const Legend& legend) {
  Json facts = {{"path", info.path}, {"cols", info.cols}, {"rows", info.rows}};
  add_place(info, facts);
  facts["classes"] = Json(legend.to_json().at("classes"));
  return facts;
}

std::string map_report(const RasterInfo& info, const Legend& legend, const PixelSize& pixel) {
  FactList list(fmt::format("{}: a land-cover map of {} px", info.path, size_text(info.cols, info.rows)));
  list.add("CRS", info.crs_name.empty() ? "none" : info.crs_name)
      .add("ground size", ground_text(info, pixel))
      .add("extent", extent_text(info));
  for (const LegendClass& entry : legend.classes())
    list.add(fmt::format("class {}", entry.value), fmt::format("{} {}", to_hex(entry.color), entry.name));
  list.advise("areas: orthocover summary; polygons: orthocover vectorize");
  return list.text();
}

}  // namespace orthocover
