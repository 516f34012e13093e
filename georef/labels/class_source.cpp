#include "georef/labels/class_source.h"

#include <gdal_priv.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/error.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/ground_size.h"
#include "georef/labels/class_names.h"
#include "georef/raster/pixel_reading.h"

namespace orthocover {
namespace {

// GDAL before 3.7 has no such type; signed bytes are an attribute of Byte there.
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 7, 0)
constexpr GDALDataType kSignedByte = GDT_Int8;
#else
constexpr GDALDataType kSignedByte = GDT_Unknown;
#endif

bool is_signed_byte(GDALRasterBand& band) {
  if (band.GetRasterDataType() == kSignedByte) return true;
  const char* kind = band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE");
  return band.GetRasterDataType() == GDT_Byte && kind != nullptr && EQUAL(kind, "SIGNEDBYTE");
}

bool is_photo(GDALDataset& dataset) {
  constexpr std::array kColors = {GCI_RedBand, GCI_GreenBand, GCI_BlueBand};
  if (dataset.GetRasterCount() < static_cast<int>(kColors.size())) return false;
  for (std::size_t i = 0; i < kColors.size(); ++i) {
    if (dataset.GetRasterBand(static_cast<int>(i) + 1)->GetColorInterpretation() != kColors[i]) return false;
  }
  return true;
}

GDALRasterBand& band_of(GDALDataset& dataset, const std::string& path, std::optional<int> wanted) {
  check_has_bands(dataset, path);
  if (!wanted && is_photo(dataset)) {
    throw data_error(
        "{}: its bands are red, green and blue, as of an orthophoto, not classes; map it first, or "
        "name the band of the classes with --band",
        path);
  }
  const int number = wanted.value_or(1);
  if (number < 1 || number > dataset.GetRasterCount())
    throw usage_error("--band: {} has no band {}; it has 1..{}", path, number, dataset.GetRasterCount());
  GDALRasterBand& band = *dataset.GetRasterBand(number);
  const GDALDataType type = band.GetRasterDataType();
  if (EQUAL(band.GetDescription(), "confidence") && band.GetScale() != 1)
    throw data_error("{}: band {} is the confidence of a map, not its classes; give the map", path, number);
  if (!wanted && band.GetScale() != 1)
    throw data_error(
        "{}: its values have a scale ({}), as the probabilities of a map, and are no classes; give the map, "
        "or name the band of the classes with --band",
        path, band.GetScale());
  if (is_whole_number(type)) return band;
  const char* kind = GDALDataTypeIsComplex(type) ? "complex numbers" : "fractional numbers";
  throw data_error(
      "{}: band {} holds {} ({}), classes are whole numbers; name another band, or round it first: "
      "gdal_translate -ot Int32",
      path, number, kind, GDALGetDataTypeName(type));
}

/// The nodata value, if a pixel of the band's type can have it.
std::optional<std::int64_t> nodata_of(GDALRasterBand& band) {
  int is_there = 0;
  if (band.GetRasterDataType() == GDT_Int64) {
    const std::int64_t value = band.GetNoDataValueAsInt64(&is_there);
    return is_there ? std::optional(value) : std::nullopt;
  }
  if (band.GetRasterDataType() == GDT_UInt64) {
    const std::uint64_t value = band.GetNoDataValueAsUInt64(&is_there);
    const bool fits = value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return is_there && fits ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
  }
  const double value = band.GetNoDataValue(&is_there);
  if (!is_there || value != std::floor(value) || std::abs(value) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

template <class Value>
std::int64_t as_class_value(Value value, const std::string& path) {
  if (std::in_range<std::int64_t>(value)) return static_cast<std::int64_t>(value);
  throw data_error("{}: has the value {}, which is no class; at most {} can be used", path, value,
                   std::numeric_limits<std::int64_t>::max());
}

}  // namespace

bool is_whole_number(GDALDataType type) {
  return type == GDT_Byte || type == kSignedByte || type == GDT_UInt16 || type == GDT_Int16 ||
         type == GDT_UInt32 || type == GDT_Int32 || type == GDT_UInt64 || type == GDT_Int64;
}

PixelSize pixel_size_of(const RasterInfo& info) {
  if (!info.georeference.geotransform) return {};
  const std::array<double, 6>& g = *info.georeference.geotransform;
  if (const auto steps = ground_steps_m(info.georeference.crs_wkt, g, info.cols, info.rows))
    return {steps->along_row_m, steps->along_column_m, true, steps->skew_m};
  const double width = std::hypot(g[1], g[4]);
  return {width, std::hypot(g[2], g[5]), false, (g[1] * g[2] + g[4] * g[5]) / width};
}

GdalClassSource::GdalClassSource(const ClassRequest& request, std::shared_ptr<HandleCache> handles)
    : m_path(request.path), m_band(request.band.value_or(1)), m_handles(std::move(handles)) {
  DatasetPtr dataset = open_raster_dataset(m_path);
  const GdalErrors silent;
  GDALRasterBand& band = band_of(*dataset, m_path, request.band);
  describe(*dataset, band);
  m_pixel_size = pixel_size_of(m_info);
  m_classes = read_class_names(band);
  leave_out(band, request.exclude);
  m_handles->give_back(this, {std::move(dataset), {}});
}

GdalClassSource::~GdalClassSource() {
  m_handles->drop(this);
}

void GdalClassSource::describe(GDALDataset& dataset, GDALRasterBand& band) {
  m_type = band.GetRasterDataType();
  m_is_byte = GDALGetDataTypeSizeBytes(m_type) == 1;
  m_is_signed_byte = is_signed_byte(band);
  m_rules = validity_rules(dataset, band);
  if (m_rules.alpha_band == m_band) m_rules.alpha_band = 0;
  m_info.bands = {describe_band(band)};
  describe_raster(dataset, m_path, band, m_rules, m_info);
}

void GdalClassSource::leave_out(GDALRasterBand& band, const std::vector<std::int64_t>& exclude) {
  std::vector<std::int64_t> values = exclude;
  if (const auto nodata = nodata_of(band)) values.push_back(*nodata);
  int is_there = 0;
  if (band.GetRasterDataType() == GDT_UInt64)
    if (const std::uint64_t nodata = band.GetNoDataValueAsUInt64(&is_there); is_there != 0)
      m_large_nodata = nodata;
  std::erase_if(m_classes, [&](const ClassEntry& entry) {
    return std::ranges::find(values, entry.value) != values.end();
  });
  if (!m_is_byte) {
    m_codes = std::make_unique<ClassCodes>(m_path, values);
    return;
  }
  for (std::size_t byte = 0; byte < m_byte_codes.size(); ++byte)
    m_byte_codes[byte] = static_cast<std::uint16_t>(byte + 1);
  for (const std::int64_t value : values) {
    const bool fits = m_is_signed_byte ? value >= -128 && value <= 127 : value >= 0 && value <= 255;
    if (fits) m_byte_codes[static_cast<std::uint8_t>(value)] = kNoCode;
  }
}

void GdalClassSource::read_bytes(GDALRasterBand& band, const Window& window, const std::uint8_t* valid,
                                 std::uint16_t* codes) const {
  const auto count = static_cast<std::size_t>(window.pixels());
  const auto bytes = std::make_unique_for_overwrite<std::uint8_t[]>(count);
  read_pixels(band, window, m_type, bytes.get(), m_path);
  for (std::size_t i = 0; i < count; ++i) codes[i] = m_byte_codes[bytes[i]];
  for (std::size_t i = 0; valid != nullptr && i < count; ++i) codes[i] = valid[i] != 0 ? codes[i] : kNoCode;
}

template <class Value>
void GdalClassSource::read_values(GDALRasterBand& band, const Window& window, const std::uint8_t* valid,
                                  std::uint16_t* codes) const {
  const auto count = static_cast<std::size_t>(window.pixels());
  const auto values = std::make_unique_for_overwrite<Value[]>(count);
  read_pixels(band, window, m_type, values.get(), m_path);
  CodeMemory memory(*m_codes);
  std::optional<Value> last;
  std::uint16_t code = kNoCode;
  for (std::size_t i = 0; i < count; ++i) {
    if (valid != nullptr && valid[i] == 0) {  // what lies under a mask need not be a class
      codes[i] = kNoCode;
      continue;
    }
    if (values[i] != last) {
      last = values[i];
      const bool is_nodata = m_large_nodata && std::cmp_equal(*last, *m_large_nodata);
      code = is_nodata ? kNoCode : memory.code_of(as_class_value(*last, m_path));
    }
    codes[i] = code;
  }
}

void GdalClassSource::read_codes(GDALRasterBand& band, const Window& window, const std::uint8_t* valid,
                                 std::uint16_t* codes) const {
  switch (m_type) {
    case GDT_UInt16:
      return read_values<std::uint16_t>(band, window, valid, codes);
    case GDT_Int16:
      return read_values<std::int16_t>(band, window, valid, codes);
    case GDT_UInt32:
      return read_values<std::uint32_t>(band, window, valid, codes);
    case GDT_Int32:
      return read_values<std::int32_t>(band, window, valid, codes);
    case GDT_UInt64:
      return read_values<std::uint64_t>(band, window, valid, codes);
    case GDT_Int64:
      return read_values<std::int64_t>(band, window, valid, codes);
    default:
      return read_bytes(band, window, valid, codes);
  }
}

std::unique_ptr<std::uint8_t[]> GdalClassSource::read_validity(GDALDataset& dataset,
                                                               const Window& window) const {
  if (!m_rules.mask && m_rules.alpha_band == 0) return nullptr;
  const auto count = static_cast<std::size_t>(window.pixels());
  auto valid = std::make_unique_for_overwrite<std::uint8_t[]>(count);
  const int first = m_rules.mask ? m_band : m_rules.alpha_band;
  GDALRasterBand& band = *dataset.GetRasterBand(first);
  read_pixels(m_rules.mask ? *band.GetMaskBand() : band, window, GDT_Byte, valid.get(), m_path);
  if (!m_rules.mask || m_rules.alpha_band == 0) return valid;
  const auto alpha = std::make_unique_for_overwrite<std::uint8_t[]>(count);
  read_pixels(*dataset.GetRasterBand(m_rules.alpha_band), window, GDT_Byte, alpha.get(), m_path);
  for (std::size_t i = 0; i < count; ++i) valid[i] = valid[i] != 0 && alpha[i] != 0 ? 1 : 0;
  return valid;
}

void GdalClassSource::read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const {
  const HandleCache::Lease handle(*m_handles, this, [this] {
    return DatasetHandle{open_raster_dataset(m_path), {}};
  });
  const Window window{0, row, m_info.cols, rows};
  const auto valid = read_validity(handle.dataset(), window);
  read_codes(*handle.dataset().GetRasterBand(m_band), window, valid.get(), codes);
}

std::int64_t GdalClassSource::value_of(std::uint16_t code) const {
  if (!m_is_byte) return m_codes->value_of(code);
  const int byte = code - 1;
  return m_is_signed_byte && byte > 127 ? byte - 256 : byte;
}

}  // namespace orthocover
