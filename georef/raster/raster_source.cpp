#include "georef/raster/raster_source.h"

#include <cpl_string.h>
#include <cpl_vsi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>
#include <type_traits>

#include "core/base/rows.h"
#include "core/base/stopwatch.h"
#include "core/ports/unreadable_pixels.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/raster/pixel_reading.h"

namespace orthocover {
namespace {

using namespace std::chrono_literals;

/// Before each further try of a block that could not be read.
constexpr std::array kPauses = {100ms, 500ms};
/// After so many blocks that stay unreadable, further ones are tried once more only, and at once: a file of
/// which much is lost would cost hours of pauses.
constexpr int kPatientBlocks = 8;
/// Rows read at a time, unless a block has more.
constexpr std::int64_t kStripRows = 64;
/// What takes longer to fail, as with a silent server, has been waited for enough: one further try.
constexpr double kLongFailureS = 10;

Window first_block(GDALRasterBand& band) {
  int cols = 0;
  int rows = 0;
  band.GetBlockSize(&cols, &rows);
  return {0, 0, std::max(1, cols), std::max(1, rows)};
}

bool may_lack_values(const BandInfo& band) {
  return band.nodata || band.data_type.starts_with("Float");
}

/// Equal to no value where a band has none.
float nodata_of(const BandInfo& band) {
  return static_cast<float>(band.nodata.value_or(std::nan("")));
}

bool is_finite(float value) {
  return std::abs(value) <= std::numeric_limits<float>::max();
}

/// 1 or 0
int has_value(float value, float nodata) {
  return static_cast<int>(is_finite(value)) & static_cast<int>(value != nodata);
}

}  // namespace

GdalRasterSource::GdalRasterSource(std::string path, const std::vector<int>& bands,
                                   std::shared_ptr<HandleCache> handles, std::optional<double> ground_size_m)
    : m_path(std::move(path)), m_handles(std::move(handles)) {
  DatasetPtr dataset = open_raster_dataset(m_path);
  const GdalErrors silent;
  m_opened = inspect(*dataset, m_path, bands);
  if (!m_opened.info.ground_size_m) m_opened.info.ground_size_m = ground_size_m;
  for (int copy = -1; copy < static_cast<int>(m_opened.overview_numbers.size()); ++copy)
    m_blocks.push_back(first_block(band(*dataset, m_opened.band_numbers.front(), copy)));
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
    rows::mask(mask.data(), static_cast<std::int64_t>(valid.size()), valid.data());
  };
  if (m_opened.rules.alpha_band > 0) apply(band(dataset, m_opened.rules.alpha_band, overview));
  if (m_opened.rules.mask) apply(*band(dataset, m_opened.band_numbers.front(), overview).GetMaskBand());
}

bool GdalRasterSource::values_decide() const {
  return std::ranges::all_of(m_opened.info.bands, may_lack_values);
}

template <class Value>
void GdalRasterSource::apply_nodata(PixelBlockOf<Value>& block) const {
  const std::int64_t pixels = block.cols * block.rows;
  std::vector<std::uint8_t> any(static_cast<std::size_t>(pixels), 0);
  for (int b = 0; b < block.bands; ++b) {
    const BandInfo& info = m_opened.info.bands[static_cast<std::size_t>(b)];
    const Value* const value = block.band(b);
    const float nodata = nodata_of(info);
    std::uint8_t* const meant = any.data();
    // Without branches, for vector instructions.
    for (std::int64_t i = 0; i < pixels; ++i)
      meant[i] |= static_cast<std::uint8_t>(has_value(static_cast<float>(value[i]), nodata));
  }
  for (std::size_t i = 0; i < any.size(); ++i) block.valid[i] &= any[i];
}

void GdalRasterSource::fill_gaps(GDALDataset& dataset, PixelBlock& block) const {
  const std::int64_t pixels = block.cols * block.rows;
  const std::uint8_t* const valid = block.valid.data();
  for (int b = 0; b < block.bands; ++b) {
    const BandInfo& info = m_opened.info.bands[static_cast<std::size_t>(b)];
    if (!may_lack_values(info) || info.data_type == "Byte") continue;
    float* const value = block.band(b);
    const float nodata = nodata_of(info);
    int has_gaps = 0;
    for (std::int64_t i = 0; i < pixels; ++i) has_gaps |= valid[i] & (has_value(value[i], nodata) ^ 1);
    const BandGap stand_in = has_gaps != 0 ? gap(dataset, b) : BandGap();
    for (std::int64_t i = 0; i < pixels; ++i) {
      const bool is_gap = !is_finite(value[i]) || (stand_in.is_nodata_far && value[i] == nodata);
      value[i] = is_gap ? stand_in.substitute : value[i];
    }
  }
}

const GdalRasterSource::BandGap& GdalRasterSource::gap(GDALDataset& dataset, int band) const {
  std::call_once(m_gaps_are_known, [&] {
    std::vector<BandGap> gaps(m_opened.info.bands.size());
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      const BandInfo& info = m_opened.info.bands[i];
      if (!may_lack_values(info)) continue;
      const std::optional<BandValues> values =
          sample_values(*dataset.GetRasterBand(m_opened.band_numbers[i]), m_path);
      if (values) gaps[i] = {values->middle, info.nodata && values->is_far(*info.nodata)};
    }
    m_gaps = std::move(gaps);
  });
  return m_gaps[static_cast<std::size_t>(band)];
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
  read_as(window, overview, out);
}

void GdalRasterSource::read_bytes(const Window& window, int overview, ByteBlock& out) const {
  read_as(window, overview, out);
}

template <class Value>
void GdalRasterSource::read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const {
  out.resize(static_cast<int>(m_opened.band_numbers.size()), window.cols, window.rows);
  PixelBlockOf<Value> piece;
  read_patiently(window, overview, [&](GDALDataset& dataset, const Window& part) {
    if (part == window) return fill(dataset, part, overview, out);
    fill(dataset, part, overview, piece);
    paste(piece, part, window, out);
  });
}

template <class Value>
void GdalRasterSource::fill_rows(GDALDataset& dataset, const Window& strip, int overview,
                                 std::int64_t first_row, PixelBlockOf<Value>& out) const {
  constexpr GDALDataType kType = std::is_same_v<Value, std::uint8_t> ? GDT_Byte : GDT_Float32;
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < out.bands; ++i) {
    GDALRasterBand& from = band(dataset, m_opened.band_numbers[static_cast<std::size_t>(i)], overview);
    Value* const to = out.band(i) + first_row * out.cols;
    if constexpr (kType == GDT_Float32) {
      // Bytes become floats faster here than in GDAL.
      if (from.GetRasterDataType() == GDT_Byte) {
        bytes.resize(static_cast<std::size_t>(strip.pixels()));
        read_pixels(from, strip, GDT_Byte, bytes.data(), m_path);
        rows::widen(bytes.data(), strip.pixels(), to);
        continue;
      }
    }
    read_pixels(from, strip, kType, to, m_path);
  }
}

template <class Value>
void GdalRasterSource::fill(GDALDataset& dataset, const Window& window, int overview,
                            PixelBlockOf<Value>& out) const {
  out.resize(static_cast<int>(m_opened.band_numbers.size()), window.cols, window.rows);
  // All bands of a few rows in turn: where blocks hold pixels and not bands, they are in the cache still.
  const Window& block = m_blocks[static_cast<std::size_t>(overview + 1)];
  const std::int64_t strip = std::max(block.rows, kStripRows / block.rows * block.rows);
  for (std::int64_t row = window.row; row < window.bottom();) {
    const std::int64_t end = std::min((row / strip + 1) * strip, window.bottom());
    fill_rows(dataset, {window.col, row, window.cols, end - row}, overview, row - window.row, out);
    row = end;
  }
  std::ranges::fill(out.valid, std::uint8_t{1});
  apply_masks(dataset, window, overview, out.valid);
  if (values_decide()) apply_nodata(out);
  if constexpr (std::is_same_v<Value, float>) fill_gaps(dataset, out);
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
  read_patiently(window, -1, [&](GDALDataset& dataset, const Window& part) {
    std::vector<std::uint8_t> piece(static_cast<std::size_t>(part.pixels()), 1);
    apply_masks(dataset, part, -1, piece);
    paste(piece.data(), part, window, valid.data());
  });
}

void GdalRasterSource::read_patiently(const Window& window, int overview, const ReadPart& read) const {
  if (!failure_of(window, read)) return;
  const Window& size = m_blocks[static_cast<std::size_t>(overview + 1)];
  const Window extent = m_opened.info.window_of_copy(overview);
  for (std::int64_t row = window.row / size.rows * size.rows; row < window.bottom(); row += size.rows) {
    for (std::int64_t col = window.col / size.cols * size.cols; col < window.right(); col += size.cols) {
      const Window block = intersect({col, row, size.cols, size.rows}, extent);
      read_block(block, intersect(block, window), overview, read);
    }
  }
}

void GdalRasterSource::read_block(const Window& block, const Window& part, int overview,
                                  const ReadPart& read) const {
  const Stopwatch watch;
  std::optional<Failure> failure = failure_of(part, read);
  const bool patient = m_lost_blocks < kPatientBlocks && watch.seconds() < kLongFailureS;
  int tries = 1;
  for (const auto& pause : kPauses) {
    if (!failure) break;
    if (patient) std::this_thread::sleep_for(pause);
    forget_what_is_open();
    failure = failure_of(part, read);
    ++tries;
    if (!failure) m_lost_blocks = 0;
    if (!patient) break;
  }
  if (!failure) return;
  // Without the file no block can be read: that is no hole in it.
  if (!failure->is_open) throw Error(failure->kind, failure->cause);
  ++m_lost_blocks;
  Window lost = block;
  // Decoded from its beginning on, a picture has nothing behind its first damage.
  if (m_opened.info.driver == "JPEG") lost.rows = m_opened.info.window_of_copy(overview).rows - block.row;
  throw UnreadablePixels(m_path, lost, overview, tries, failure->cause);
}

std::optional<GdalRasterSource::Failure> GdalRasterSource::failure_of(const Window& part,
                                                                      const ReadPart& read) const {
  bool is_open = false;
  try {
    HandleCache::Lease handle = lease();
    is_open = true;
    try {
      read(handle.dataset(), part);
    } catch (...) {
      handle.discard();
      throw;
    }
  } catch (const UnreadablePixels& error) {
    return Failure{error.cause(), error.kind(), true};
  } catch (const Error& error) {
    return Failure{error.what(), error.kind(), is_open};
  }
  return std::nullopt;
}

/// What GDAL keeps of a file would only make it fail again: handles, and what it knows of servers.
void GdalRasterSource::forget_what_is_open() const {
  m_handles->drop(this);
  if (m_path.starts_with("/vsi")) VSICurlPartialClearCache(m_path.c_str());
}

}  // namespace orthocover
