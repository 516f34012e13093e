#include "core/vectorize/sheet_mosaic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/base/error.h"

namespace orthocover::vectorize {
namespace {

using Geotransform = std::array<double, 6>;

/// Pixels that a sheet may be off the common grid.
constexpr double kOffGrid = 0.01;
/// Pixels that are kept of a gap between sheets, more than any filter looks around it.
constexpr std::int64_t kKeptGap = 256;

const Geotransform& geotransform_of(const RasterInfo& info) {
  if (!info.georeference.geotransform)
    throw data_error("{}: has no geotransform, so it can't be joined to other sheets", info.path);
  return *info.georeference.geotransform;
}

bool has_same_pixels(const Geotransform& a, const Geotransform& b) {
  const double size = std::abs(a[1]) + std::abs(a[2]) + std::abs(a[4]) + std::abs(a[5]);
  return std::ranges::all_of(std::array{1, 2, 4, 5}, [&](int i) {
    return std::abs(a[static_cast<std::size_t>(i)] - b[static_cast<std::size_t>(i)]) < 1e-7 * size;
  });
}

}  // namespace

Window place_on_grid(const RasterInfo& info, const RasterInfo& first) {
  const Geotransform& g = geotransform_of(first);
  const Geotransform& own = geotransform_of(info);
  if (info.georeference.crs_wkt != first.georeference.crs_wkt)
    throw data_error("{}: has the CRS {}, {} has {}; bring them to one with gdalwarp -t_srs", info.path,
                     info.crs_name.empty() ? "unknown" : info.crs_name, first.path,
                     first.crs_name.empty() ? "unknown" : first.crs_name);
  if (!has_same_pixels(g, own))
    throw data_error(
        "{}: its pixels have another size or direction than those of {}; bring them to one grid with "
        "gdalwarp -tr -tap -r near",
        info.path, first.path);
  const double area = g[1] * g[5] - g[2] * g[4];
  const double dx = own[0] - g[0];
  const double dy = own[3] - g[3];
  const double col = (dx * g[5] - dy * g[2]) / area;
  const double row = (dy * g[1] - dx * g[4]) / area;
  if (std::abs(col - std::round(col)) > kOffGrid || std::abs(row - std::round(row)) > kOffGrid)
    throw data_error(
        "{}: its pixels lie between those of {} (off by {:.2f}, {:.2f} px); bring them to one grid with "
        "gdalwarp -tr -tap -r near",
        info.path, first.path, col - std::round(col), row - std::round(row));
  return {std::llround(col), std::llround(row), info.cols, info.rows};
}

SheetMosaic::SheetMosaic(std::vector<std::unique_ptr<ClassSource>> sheets) {
  for (auto& source : sheets) m_sheets.push_back({std::move(source), 0, 0, {}});
  for (Sheet& sheet : m_sheets) {
    const Window place = place_on_grid(sheet.source->info(), m_sheets.front().source->info());
    sheet.col = place.col;
    sheet.row = place.row;
  }
  frame();
  measure();
  for (const Sheet& sheet : m_sheets) {
    for (const ClassEntry& entry : sheet.source->classes()) {
      const auto known = std::ranges::find(m_classes, entry.value, &ClassEntry::value);
      if (known == m_classes.end()) m_classes.push_back(entry);
    }
  }
}

/// Moves sheets along an axis to the first ones where nothing lies between them but a wide gap.
/// @return the gaps
std::vector<LeftOut> SheetMosaic::close_gaps(std::int64_t Sheet::*position, std::int64_t RasterInfo::*size) {
  std::vector<Sheet*> sheets;
  for (Sheet& sheet : m_sheets) sheets.push_back(&sheet);
  std::ranges::stable_sort(sheets, {}, [&](const Sheet* sheet) { return sheet->*position; });
  std::vector<LeftOut> gaps;
  std::int64_t closed = 0;
  std::int64_t end = sheets.front()->*position;
  for (Sheet* sheet : sheets) {
    std::int64_t& at = sheet->*position;
    at -= closed;
    if (const std::int64_t more = at - end - kKeptGap; more > 0) {
      at -= more;
      closed += more;
      gaps.push_back({end + kKeptGap / 2, more});
    }
    end = std::max(end, at + sheet->source->info().*size);
  }
  return gaps;
}

/// The rectangle around all sheets.
void SheetMosaic::frame() {
  m_info = m_sheets.front().source->info();
  if (m_sheets.size() > 1) m_info.path += fmt::format(" and {} more", m_sheets.size() - 1);
  std::int64_t left = 0;
  std::int64_t top = 0;
  for (const Sheet& sheet : m_sheets) {
    left = std::min(left, sheet.col);
    top = std::min(top, sheet.row);
  }
  for (Sheet& sheet : m_sheets) {
    sheet.col -= left;
    sheet.row -= top;
  }
  const auto is_wide = [](const Sheet& sheet) {
    static constexpr std::string_view kSmall = "Byte Int8 UInt16 Int16 Int32";
    const auto& bands = sheet.source->info().bands;
    return !bands.empty() && kSmall.find(bands.front().data_type) == kSmall.npos;
  };
  const char* const common = std::ranges::any_of(m_sheets, is_wide) ? "Int64" : "Int32";
  for (const Sheet& sheet : m_sheets) {
    const auto& bands = sheet.source->info().bands;
    if (!bands.empty() && !m_info.bands.empty() && bands.front().data_type != m_info.bands.front().data_type)
      m_info.bands.front().data_type = common;
  }
  m_left_out_cols = close_gaps(&Sheet::col, &RasterInfo::cols);
  m_left_out_rows = close_gaps(&Sheet::row, &RasterInfo::rows);
  m_info.cols = m_info.rows = 0;
  for (const Sheet& sheet : m_sheets) {
    m_info.cols = std::max(m_info.cols, sheet.col + sheet.source->info().cols);
    m_info.rows = std::max(m_info.rows, sheet.row + sheet.source->info().rows);
  }
  Geotransform& g = *m_info.georeference.geotransform;
  g[0] += static_cast<double>(left) * g[1] + static_cast<double>(top) * g[2];
  g[3] += static_cast<double>(left) * g[4] + static_cast<double>(top) * g[5];
}

/// Each sheet counts by its pixels, so that the order of the sheets plays no part.
void SheetMosaic::measure() {
  m_pixel_size = m_sheets.front().source->pixel_size();
  double pixels = 0;
  double width = 0, height = 0, skew = 0;
  for (const Sheet& sheet : m_sheets) {
    const RasterInfo& info = sheet.source->info();
    const double own = static_cast<double>(info.cols) * static_cast<double>(info.rows);
    pixels += own;
    width += own * sheet.source->pixel_size().width_m;
    height += own * sheet.source->pixel_size().height_m;
    skew += own * sheet.source->pixel_size().skew_m;
  }
  m_pixel_size.width_m = width / pixels;
  m_pixel_size.height_m = height / pixels;
  m_pixel_size.skew_m = skew / pixels;
}

std::uint16_t SheetMosaic::code_for(const Sheet& sheet, std::uint16_t code) const {
  if (sheet.codes.size() <= code) sheet.codes.resize(code + 1U, kNoCode);
  std::uint16_t& known = sheet.codes[code];
  if (known != kNoCode) return known;
  const std::int64_t value = sheet.source->value_of(code);
  const auto at = std::ranges::find(m_values, value);
  if (at == m_values.end()) {
    if (m_values.size() == std::numeric_limits<std::uint16_t>::max())
      throw data_error("{}: the sheets together have more than {} classes", m_info.path, m_values.size());
    m_values.push_back(value);
    return known = static_cast<std::uint16_t>(m_values.size());
  }
  return known = static_cast<std::uint16_t>(at - m_values.begin() + 1);
}

void SheetMosaic::read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const {
  std::fill_n(codes, rows * m_info.cols, kNoCode);
  std::vector<std::uint16_t> pixels;
  for (const Sheet& sheet : m_sheets) {
    const RasterInfo& info = sheet.source->info();
    const std::int64_t first = std::max(row, sheet.row);
    const std::int64_t end = std::min(row + rows, sheet.row + info.rows);
    if (first >= end) continue;
    pixels.resize(static_cast<std::size_t>((end - first) * info.cols));
    sheet.source->read_rows(first - sheet.row, end - first, pixels.data());
    const std::scoped_lock lock(m_mutex);
    const std::uint16_t* from = pixels.data();
    for (std::int64_t y = first; y < end; ++y) {
      std::uint16_t* to = codes + (y - row) * m_info.cols + sheet.col;
      for (std::int64_t x = 0; x < info.cols; ++x, ++from, ++to) {
        if (*to == kNoCode && *from != kNoCode) *to = code_for(sheet, *from);
      }
    }
  }
}

std::int64_t SheetMosaic::value_of(std::uint16_t code) const {
  const std::scoped_lock lock(m_mutex);
  return m_values.at(code - 1U);
}

}  // namespace orthocover::vectorize
