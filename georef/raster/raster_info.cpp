#include "georef/raster/raster_info.h"

#include <cpl_minixml.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/ground_size.h"

namespace orthocover {
namespace {

/// Pixels of nearer sides are taken for square: resampling by less would only blur them.
constexpr double kNearlySquare = 1.1;

std::vector<int> data_bands(GDALDataset& dataset) {
  std::vector<int> numbers;
  for (int band = 1; band <= dataset.GetRasterCount(); ++band) {
    if (dataset.GetRasterBand(band)->GetColorInterpretation() != GCI_AlphaBand) numbers.push_back(band);
  }
  return numbers;
}

void check_band(GDALDataset& dataset, int number, const std::string& path) {
  if (number < 1 || number > dataset.GetRasterCount()) {
    throw usage_error("--bands: {} has no band {}; it has 1..{}", path, number, dataset.GetRasterCount());
  }
  GDALRasterBand& band = *dataset.GetRasterBand(number);
  if (GDALDataTypeIsComplex(band.GetRasterDataType())) {
    throw data_error("{}: band {} holds complex numbers ({}); real ones are wanted", path, number,
                     GDALGetDataTypeName(band.GetRasterDataType()));
  }
  if (band.GetColorInterpretation() == GCI_PaletteIndex || band.GetColorTable() != nullptr) {
    const GdalErrors silent;
    if (band.GetCategoryNames() != nullptr)
      throw data_error("{}: is a map with named classes already, and no orthophoto or confidence", path);
    throw data_error("{}: band {} is a palette image; expand it first: gdal_translate -expand rgb", path,
                     number);
  }
}

/// Whether it can be a reduced copy of a raster: JPEG files have thumbnails that need not show the same, and
/// copies by 2, 4 and 8.
bool is_reduced(GDALRasterBand& copy, const RasterInfo& info) {
  const double across = static_cast<double>(info.cols) / copy.GetXSize();
  const double down = static_cast<double>(info.rows) / copy.GetYSize();
  // Programs round sizes up, down or to the nearest.
  const double rounding = 1.0 / std::min(copy.GetXSize(), copy.GetYSize());
  // Those in a file beside it are somebody's own.
  GDALDataset* dataset = copy.GetDataset();
  const bool is_beside = dataset != nullptr && std::string_view(dataset->GetDriverName()) == "GTiff";
  return std::abs(across / down - 1) <= 2 * rounding && (info.driver != "JPEG" || is_beside || across <= 8);
}

/// Overviews that every band that is read has at the same size, masks included.
void list_overviews(GDALDataset& dataset, OpenedRaster& opened) {
  std::vector<int> needed = opened.band_numbers;
  if (opened.rules.alpha_band > 0) needed.push_back(opened.rules.alpha_band);
  GDALRasterBand& first = *dataset.GetRasterBand(needed.front());
  for (int i = 0; i < first.GetOverviewCount(); ++i) {
    GDALRasterBand* overview = first.GetOverview(i);
    if (overview == nullptr || !is_reduced(*overview, opened.info)) continue;
    const bool everywhere = std::ranges::all_of(needed, [&](int number) {
      GDALRasterBand* other = dataset.GetRasterBand(number)->GetOverview(i);
      return other != nullptr && other->GetXSize() == overview->GetXSize() &&
             other->GetYSize() == overview->GetYSize();
    });
    if (!everywhere || (opened.rules.mask && !has_mask(*overview))) continue;
    opened.info.overviews.push_back({overview->GetXSize(), overview->GetYSize()});
    opened.overview_numbers.push_back(i);
  }
}

void check_geotransform(const RasterInfo& info) {
  if (!info.georeference.geotransform) return;
  const std::array<double, 6>& g = *info.georeference.geotransform;
  const double area = g[1] * g[5] - g[2] * g[4];
  if (std::ranges::all_of(g, [](double value) { return std::isfinite(value); }) && std::isfinite(area) &&
      area != 0) {
    return;
  }
  throw data_error(
      "{}: its geotransform is degenerate ({}, {}, {}, {}, {}, {}): a pixel has no area; set the right one: "
      "gdal_edit.py -a_ullr",
      info.path, g[0], g[1], g[2], g[3], g[4], g[5]);
}

void read_ground_size(RasterInfo& info) {
  const auto steps =
      ground_steps_m(info.georeference.crs_wkt, *info.georeference.geotransform, info.cols, info.rows);
  if (!steps) return;
  info.ground_size_m = std::sqrt(steps->along_row_m * steps->along_column_m);
  const double aspect = steps->along_row_m / steps->along_column_m;
  if (std::max(aspect, 1 / aspect) > kNearlySquare) info.pixel_aspect = aspect;
}

void read_georeference(GDALDataset& dataset, RasterInfo& info) {
  const OGRSpatialReference* crs = dataset.GetSpatialRef();
  info.georeference.crs_wkt = wkt_of(crs);
  info.crs_name = crs_name(crs);
  std::array<double, 6> transform{};
  if (dataset.GetGeoTransform(transform.data()) == CE_None) {
    info.georeference.geotransform = transform;
    check_geotransform(info);
    read_ground_size(info);
  } else {
    info.control_points = dataset.GetGCPCount();
  }
}

/// A part of a mosaic, in its pixels.
struct Part {
  double col = 0;
  double row = 0;
  double cols = 0;
  double rows = 0;
};

/// @return none for mosaics that aren't made of parts side by side, such as warped ones
std::vector<Part> parts_of(GDALRasterBand& band) {
  std::vector<Part> parts;
  CSLConstList sources = band.GetMetadata("vrt_sources");
  for (int i = 0; i < CSLCount(sources); ++i) {
    const char* xml = std::strchr(sources[i], '<');
    const CPLXMLTreeCloser tree(xml != nullptr ? CPLParseXMLString(xml) : nullptr);
    const CPLXMLNode* place = tree.get() != nullptr ? CPLSearchXMLNode(tree.get(), "DstRect") : nullptr;
    if (place == nullptr) return {};  // it fills the mosaic
    const auto number = [&](const char* name) { return CPLAtof(CPLGetXMLValue(place, name, "0")); };
    parts.push_back({number("xOff"), number("yOff"), number("xSize"), number("ySize")});
  }
  return parts;
}

/// Pixels that no part lies on, of one band of rows after the other; the parts change from band to band.
double uncovered_pixels(const std::vector<Part>& parts, double cols, double rows) {
  struct Edge {
    double row;
    bool is_end;
    std::pair<double, double> span;
  };
  std::vector<Edge> edges;
  for (const auto& [col, row, part_cols, part_rows] : parts) {
    if (!(col + part_cols > col && row + part_rows > row)) continue;  // nor what is no number
    edges.push_back({row, false, {col, col + part_cols}});
    edges.push_back({row + part_rows, true, {col, col + part_cols}});
  }
  std::ranges::sort(edges, {}, &Edge::row);
  std::multiset<std::pair<double, double>> spans;
  const auto free_cols = [&] {
    double free = 0, end = 0;
    for (const auto& [from, to] : spans) {
      free += std::max(0.0, std::min(from, cols) - end);
      end = std::max(end, to);
    }
    return free + std::max(0.0, cols - end);
  };
  double uncovered = 0, before = 0;
  for (const Edge& edge : edges) {
    const double row = std::clamp(edge.row, 0.0, rows);
    if (row > before) uncovered += (row - before) * free_cols();
    before = std::max(before, row);
    if (edge.is_end)
      spans.erase(spans.find(edge.span));
    else
      spans.insert(edge.span);
  }
  return uncovered + (rows - before) * cols;
}

/// RasterInfo::uncovered. GDAL's own answer takes seconds for thousands of parts.
double uncovered_share(GDALDataset& dataset, const OpenedRaster& opened) {
  const RasterInfo& info = opened.info;
  const bool is_told =
      info.has_alpha || info.has_mask ||
      std::ranges::any_of(info.bands, [](const BandInfo& band) { return band.nodata.has_value(); });
  if (is_told || info.driver != "VRT") return 0;
  const std::vector<Part> parts = parts_of(*dataset.GetRasterBand(opened.band_numbers.front()));
  if (parts.empty()) return 0;
  const auto cols = static_cast<double>(info.cols), rows = static_cast<double>(info.rows);
  return uncovered_pixels(parts, cols, rows) / (cols * rows);
}

}  // namespace

void check_has_bands(GDALDataset& dataset, const std::string& path) {
  if (dataset.GetRasterCount() > 0) return;
  CSLConstList subdatasets = dataset.GetMetadata("SUBDATASETS");
  const char* first = CSLFetchNameValue(subdatasets, "SUBDATASET_1_NAME");
  if (first != nullptr) {
    throw data_error("{}: holds several rasters and no band of its own; name one of them, e.g. '{}'", path,
                     first);
  }
  throw data_error("{}: has 0 bands; a raster with at least one is wanted", path);
}

BandInfo describe_band(GDALRasterBand& band) {
  BandInfo info{GDALGetDataTypeName(band.GetRasterDataType()), band.GetDescription(),
                GDALGetColorInterpretationName(band.GetColorInterpretation()), std::nullopt};
  int has_nodata = 0;
  const double nodata = band.GetNoDataValue(&has_nodata);
  if (has_nodata) info.nodata = nodata;
  return info;
}

bool has_mask(GDALRasterBand& band) {
  const int flags = band.GetMaskFlags();
  return flags == 0 || ((flags & GMF_PER_DATASET) != 0 && (flags & GMF_ALPHA) == 0);
}

ValidityRules validity_rules(GDALDataset& dataset, GDALRasterBand& band) {
  ValidityRules rules;
  for (int number = dataset.GetRasterCount(); number >= 1 && rules.alpha_band == 0; --number) {
    if (dataset.GetRasterBand(number)->GetColorInterpretation() == GCI_AlphaBand) rules.alpha_band = number;
  }
  rules.mask = has_mask(band);
  return rules;
}

void describe_raster(GDALDataset& dataset, const std::string& path, GDALRasterBand& band,
                     const ValidityRules& rules, RasterInfo& info) {
  info.path = path;
  info.driver = dataset.GetDriver() != nullptr ? dataset.GetDriver()->GetDescription() : "";
  info.cols = dataset.GetRasterXSize();
  info.rows = dataset.GetRasterYSize();
  info.file_bands = dataset.GetRasterCount();
  info.has_alpha = rules.alpha_band > 0;
  info.has_mask = rules.mask;
  int block_cols = 0;
  int block_rows = 0;
  band.GetBlockSize(&block_cols, &block_rows);
  info.block_cols = block_cols;
  info.block_rows = block_rows;
  read_georeference(dataset, info);
}

OpenedRaster inspect(GDALDataset& dataset, const std::string& path, const std::vector<int>& bands) {
  check_has_bands(dataset, path);
  OpenedRaster opened;
  opened.band_numbers = bands.empty() ? data_bands(dataset) : bands;
  if (opened.band_numbers.empty())
    throw data_error("{}: has only an alpha band; data bands are wanted", path);
  RasterInfo& info = opened.info;
  // Each has a name and a description there.
  info.pages = std::max(1, CSLCount(dataset.GetMetadata("SUBDATASETS")) / 2);
  for (const int number : opened.band_numbers) {
    check_band(dataset, number, path);
    info.bands.push_back(describe_band(*dataset.GetRasterBand(number)));
    info.bands.back().number = number;
  }
  GDALRasterBand& first = *dataset.GetRasterBand(opened.band_numbers.front());
  opened.rules = validity_rules(dataset, first);
  // One that was asked for is data, such as infrared, which GDAL takes for alpha.
  const auto asked = std::ranges::find(info.bands, opened.rules.alpha_band, &BandInfo::number);
  if (asked != info.bands.end()) {
    opened.rules.alpha_band = 0;
    asked->color = GDALGetColorInterpretationName(GCI_Undefined);
  }
  describe_raster(dataset, path, first, opened.rules, info);
  list_overviews(dataset, opened);
  info.uncovered = uncovered_share(dataset, opened);
  return opened;
}

}  // namespace orthocover
