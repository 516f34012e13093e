#include "georef/raster_source.h"

#include <cpl_string.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "georef/gdal_error.h"
#include "georef/pixel_reading.h"

namespace orthocover {

GdalRasterSource::GdalRasterSource(std::string path, const std::vector<int>& bands,
                                   std::shared_ptr<HandleCache> handles)
    : m_path(std::move(path)), m_handles(std::move(handles)) {
  DatasetPtr dataset = open_raster_dataset(m_path);
  const GdalErrors silent;
  m_opened = inspect(*dataset, m_path, bands);
  m_handles->give_back(this, {std::move(dataset), {}});
}

GdalRasterSource::~GdalRasterSource() {
  m_handles->drop(this);
}

HandleCache::Lease GdalRasterSource::lease() const {
  return {*m_handles, this, [this] { return DatasetHandle{open_raster_dataset(m_path), {}}; }};
}

GDALRasterBand& GdalRasterSource::band(GDALDataset& dataset, int number, int overview) const {
  GDALRasterBand* full = dataset.GetRasterBand(number);
  if (overview < 0) return *full;
  return *full->GetOverview(m_opened.overview_numbers[static_cast<std::size_t>(overview)]);
}

void GdalRasterSource::apply_masks(GDALDataset& dataset, const Window& window, int overview,
                                   std::vector<std::uint8_t>& valid) const {
  std::vector<std::uint8_t> mask;
  const auto apply = [&](GDALRasterBand& mask_band) {
    mask.resize(valid.size());
    read_pixels(mask_band, window, GDT_Byte, mask.data(), m_path);
    for (std::size_t i = 0; i < valid.size(); ++i) valid[i] &= mask[i] != 0 ? 1 : 0;
  };
  if (m_opened.rules.alpha_band > 0) apply(band(dataset, m_opened.rules.alpha_band, overview));
  if (m_opened.rules.dataset_mask)
    apply(*band(dataset, m_opened.band_numbers.front(), overview).GetMaskBand());
}

bool GdalRasterSource::values_decide() const {
  const auto may_be_invalid = [](const BandInfo& band) {
    return band.nodata || band.data_type.starts_with("Float");
  };
  return std::ranges::all_of(m_opened.info.bands, may_be_invalid);
}

void GdalRasterSource::apply_nodata(PixelBlock& block) const {
  const std::int64_t pixels = block.cols * block.rows;
  std::vector<std::uint8_t> any(static_cast<std::size_t>(pixels), 0);
  for (int b = 0; b < block.bands; ++b) {
    const BandInfo& info = m_opened.info.bands[static_cast<std::size_t>(b)];
    float* value = block.band(b);
    const auto nodata = static_cast<float>(info.nodata.value_or(std::nan("")));
    std::uint8_t* const meant = any.data();
    // Without branches, for vector instructions.
    for (std::int64_t i = 0; i < pixels; ++i) {
      const bool finite = std::abs(value[i]) <= std::numeric_limits<float>::max();
      meant[i] |= static_cast<std::uint8_t>(static_cast<int>(finite) & static_cast<int>(value[i] != nodata));
      value[i] = finite ? value[i] : 0.0F;
    }
  }
  for (std::size_t i = 0; i < any.size(); ++i) block.valid[i] &= any[i];
}

std::vector<std::string> GdalRasterSource::files() const {
  const GdalErrors silent;
  const HandleCache::Lease handle = lease();
  const CPLStringList list(handle.dataset().GetFileList());
  std::vector<std::string> files;
  for (int i = 0; i < list.size(); ++i) files.emplace_back(list[i]);
  return files;
}

void GdalRasterSource::read(const Window& window, int overview, PixelBlock& out) const {
  const HandleCache::Lease handle = lease();
  out.resize(static_cast<int>(m_opened.band_numbers.size()), window.cols, window.rows);
  for (int i = 0; i < out.bands; ++i) {
    const int number = m_opened.band_numbers[static_cast<std::size_t>(i)];
    read_pixels(band(handle.dataset(), number, overview), window, GDT_Float32, out.band(i), m_path);
  }
  std::ranges::fill(out.valid, std::uint8_t{1});
  apply_masks(handle.dataset(), window, overview, out.valid);
  if (values_decide()) apply_nodata(out);
}

void GdalRasterSource::read_validity(const Window& window, std::vector<std::uint8_t>& valid) const {
  if (values_decide()) {
    PixelBlock block;
    read(window, -1, block);
    valid = std::move(block.valid);
    return;
  }
  valid.assign(static_cast<std::size_t>(window.pixels()), 1);
  if (!m_opened.info.has_alpha && !m_opened.info.has_mask) return;
  const HandleCache::Lease handle = lease();
  apply_masks(handle.dataset(), window, -1, valid);
}

}  // namespace orthocover
