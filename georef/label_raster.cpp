#include "georef/label_raster.h"

#include <cpl_string.h>
#include <gdalwarper.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "georef/gdal_error.h"

namespace orthocover {
namespace {

constexpr std::int64_t kPieceSide = 256;

bool same_grid(GDALDataset& dataset, const RasterInfo& scene) {
  if (dataset.GetRasterXSize() != scene.cols || dataset.GetRasterYSize() != scene.rows) return false;
  std::array<double, 6> transform{};
  const bool placed = dataset.GetGeoTransform(transform.data()) == CE_None;
  if (!placed || !scene.georeference.geotransform) return true;
  const std::array<double, 6>& other = *scene.georeference.geotransform;
  const double tolerance = 1e-3 * (std::abs(other[1]) + std::abs(other[2]));
  for (std::size_t i = 0; i < 6; ++i) {
    if (std::abs(transform[i] - other[i]) > (i % 3 == 0 ? tolerance : 1e-9 + 1e-6 * std::abs(other[i])))
      return false;
  }
  return true;
}

}  // namespace

LabelRaster::LabelRaster(const std::string& path, const RasterInfo& scene, const Legend& legend)
    : m_path(path),
      m_extent(scene.window()),
      m_index_of_value(256, kIgnoreLabel),
      m_regions{{"", scene.window()}} {
  m_file = open_raster_dataset(path);
  const GdalErrors silent;
  if (m_file->GetRasterCount() != 1 || m_file->GetRasterBand(1)->GetRasterDataType() != GDT_Byte) {
    throw data_error("{}: labels must be one band of bytes, it has {} of type {}", path,
                     m_file->GetRasterCount(),
                     GDALGetDataTypeName(m_file->GetRasterBand(1)->GetRasterDataType()));
  }
  for (int i = 0; i < legend.size(); ++i) {
    m_index_of_value[legend.classes()[static_cast<std::size_t>(i)].value] = static_cast<std::uint8_t>(i);
  }
  if (!same_grid(*m_file, scene)) warp_to(scene);
  find_pieces(scene, legend);
}

void LabelRaster::warp_to(const RasterInfo& scene) {
  std::array<double, 6> own{};
  if (!scene.georeference.geotransform || m_file->GetGeoTransform(own.data()) != CE_None) {
    throw data_error("{}: has {} x {} px and {} has {} x {} px; without georeference they must agree", m_path,
                     m_file->GetRasterXSize(), m_file->GetRasterYSize(), scene.path, scene.cols, scene.rows);
  }
  const GdalErrors errors;
  GDALWarpOptions* options = GDALCreateWarpOptions();
  options->hSrcDS = GDALDataset::ToHandle(m_file.get());
  options->eResampleAlg = GRA_NearestNeighbour;
  options->nBandCount = 1;
  options->panSrcBands = static_cast<int*>(CPLMalloc(sizeof(int)));
  options->panDstBands = static_cast<int*>(CPLMalloc(sizeof(int)));
  options->panSrcBands[0] = options->panDstBands[0] = 1;
  options->padfDstNoDataReal = static_cast<double*>(CPLMalloc(sizeof(double)));
  options->padfDstNoDataReal[0] = kIgnoreLabel;
  options->papszWarpOptions = CSLSetNameValue(options->papszWarpOptions, "INIT_DEST", "NO_DATA");
  options->pfnTransformer = GDALGenImgProjTransform;
  options->pTransformerArg = GDALCreateGenImgProjTransformer(
      options->hSrcDS, nullptr, nullptr,
      scene.georeference.crs_wkt.empty() ? nullptr : scene.georeference.crs_wkt.c_str(), FALSE, 0, 1);
  if (options->pTransformerArg != nullptr) {
    std::array<double, 6> transform = *scene.georeference.geotransform;
    GDALSetGenImgProjTransformerDstGeoTransform(options->pTransformerArg, transform.data());
    m_warped.reset(GDALDataset::FromHandle(GDALCreateWarpedVRT(options->hSrcDS, static_cast<int>(scene.cols),
                                                               static_cast<int>(scene.rows), transform.data(),
                                                               options)));
  }
  GDALDestroyWarpOptions(options);
  if (!m_warped)
    throw data_error("{}: can't be brought to the grid of {}: {}", m_path, scene.path, errors.message());
}

void LabelRaster::read_values(const Window& window, std::vector<std::uint8_t>& values) const {
  values.resize(static_cast<std::size_t>(window.pixels()));
  const std::scoped_lock lock(m_mutex);
  const GdalErrors errors;
  GDALDataset& dataset = m_warped ? *m_warped : *m_file;
  if (dataset.GetRasterBand(1)->RasterIO(GF_Read, static_cast<int>(window.col), static_cast<int>(window.row),
                                         static_cast<int>(window.cols), static_cast<int>(window.rows),
                                         values.data(), static_cast<int>(window.cols),
                                         static_cast<int>(window.rows), GDT_Byte, 0, 0, nullptr) != CE_None) {
    throw data_error("{}: reading labels {} failed: {}", m_path, to_string(window), errors.message());
  }
}

void LabelRaster::find_pieces(const RasterInfo& scene, const Legend& legend) {
  std::vector<std::uint8_t> values;
  for (std::int64_t row = 0; row < scene.rows; row += kPieceSide) {
    for (std::int64_t col = 0; col < scene.cols; col += kPieceSide) {
      const Window block{col, row, std::min(kPieceSide, scene.cols - col),
                         std::min(kPieceSide, scene.rows - row)};
      read_values(block, values);
      std::array<std::int64_t, 256> counts{};
      for (const std::uint8_t value : values) ++counts[value];
      for (int value = 1; value < 255; ++value) {
        if (counts[static_cast<std::size_t>(value)] == 0) continue;
        const std::uint8_t index = m_index_of_value[static_cast<std::size_t>(value)];
        if (index == kIgnoreLabel) {
          throw data_error("{}: value {} is not in the legend, which has {} classes", m_path, value,
                           legend.size());
        }
        m_pieces.push_back({index, block, static_cast<double>(counts[static_cast<std::size_t>(value)]), ""});
      }
    }
  }
  if (m_pieces.empty()) throw data_error("{}: has no labelled pixel on {}", m_path, scene.path);
}

void LabelRaster::read(const Window& window, std::int64_t cols, std::int64_t rows,
                       std::vector<std::uint8_t>& labels) const {
  labels.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
  const Window inside = intersect(window, m_extent);
  if (inside.empty()) return;
  std::vector<std::uint8_t> values;
  read_values(inside, values);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto y =
        static_cast<std::int64_t>(std::floor((static_cast<double>(row) + 0.5) *
                                             static_cast<double>(window.rows) / static_cast<double>(rows))) +
        window.row - inside.row;
    if (y < 0 || y >= inside.rows) continue;
    for (std::int64_t col = 0; col < cols; ++col) {
      const auto x = static_cast<std::int64_t>(
                         std::floor((static_cast<double>(col) + 0.5) * static_cast<double>(window.cols) /
                                    static_cast<double>(cols))) +
                     window.col - inside.col;
      if (x < 0 || x >= inside.cols) continue;
      labels[static_cast<std::size_t>(row * cols + col)] =
          m_index_of_value[values[static_cast<std::size_t>(y * inside.cols + x)]];
    }
  }
}

}  // namespace orthocover
