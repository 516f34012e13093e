#include "georef/labels/map_source.h"

#include "core/base/error.h"
#include "core/legend/class_name.h"
#include "georef/gdal/gdal_error.h"
#include "georef/labels/class_names.h"
#include "georef/labels/class_source.h"
#include "georef/raster/pixel_reading.h"
#include "georef/raster/raster_info.h"

namespace orthocover {
namespace {

std::uint8_t class_value(std::int32_t number, const std::string& path) {
  if (number >= 0 && number <= kIgnoreLabel) return static_cast<std::uint8_t>(number);
  throw data_error("{}: has the value {}; classes of a map are 1 to 254, 0 is none", path, number);
}

}  // namespace

GdalMapSource::GdalMapSource(const std::string& path) : m_file(open_raster_dataset(path)) {
  check_has_bands(*m_file, path);
  GDALRasterBand* band = m_file->GetRasterBand(1);
  if (m_file->GetRasterCount() != 1 || !is_whole_number(band->GetRasterDataType())) {
    throw data_error("{}: a land-cover map is one band of whole numbers, it has {} of type {}", path,
                     m_file->GetRasterCount(), GDALGetDataTypeName(band->GetRasterDataType()));
  }
  describe_raster(*m_file, path, *band, {}, m_info);
  read_legend();
}

void GdalMapSource::read_legend() {
  GDALRasterBand* band = m_file->GetRasterBand(1);
  const GdalErrors silent;
  std::vector<LegendClass> classes;
  for (const ClassEntry& entry : read_class_names(*band))
    if (entry.value >= 1 && entry.value <= 254 && !entry.name.empty())
      classes.push_back(
          {static_cast<std::uint8_t>(entry.value), entry.name, entry.color.value_or(Color{}), ""});
  if (classes.empty()) return;
  try {
    m_legend = Legend(std::move(classes));
  } catch (const Error&) {
    // Names that no legend can have: the user's own legend is needed.
  }
}

void GdalMapSource::read(const Window& window, std::vector<std::uint8_t>& values) const {
  const auto count = static_cast<std::size_t>(window.pixels());
  values.resize(count);
  std::vector<std::uint8_t> mask(count, 255);
  std::vector<std::int32_t> numbers;
  const std::scoped_lock lock(m_mutex);
  GDALRasterBand& band = *m_file->GetRasterBand(1);
  if (band.GetMaskFlags() != GMF_ALL_VALID)
    read_pixels(*band.GetMaskBand(), window, GDT_Byte, mask.data(), m_info.path);
  if (band.GetRasterDataType() == GDT_Byte) {
    read_pixels(band, window, GDT_Byte, values.data(), m_info.path);
  } else {
    numbers.resize(count);
    read_pixels(band, window, GDT_Int32, numbers.data(), m_info.path);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (mask[i] == 0)
      values[i] = kNoClass;
    else if (!numbers.empty())
      values[i] = class_value(numbers[i], m_info.path);
  }
}

}  // namespace orthocover
