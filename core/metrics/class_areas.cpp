#include "core/metrics/class_areas.h"

#include <algorithm>
#include <numeric>

#include "core/metrics/pixel_coverage.h"

namespace orthocover {
namespace {

/// Codes that are in memory at once.
constexpr std::int64_t kBlockPixels = 1 << 22;
constexpr std::int64_t kMostBlockRows = 256;

/// Areas by code, as they grow.
class Tally {
 public:
  /// Counts the pixels of a span of a row.
  /// @param sums ground of the pixels before each column
  void add(const CoverageSpan& span, const std::uint16_t* codes, std::span<const double> sums) {
    for (std::int64_t col = span.begin; col < span.end;) {
      const std::int64_t begin = col;
      const std::uint16_t code = codes[begin];
      while (col < span.end && codes[col] == code) ++col;
      if (code >= m_areas.size()) m_areas.resize(code + 1U);
      const double ground = sums[static_cast<std::size_t>(col)] - sums[static_cast<std::size_t>(begin)];
      m_areas[code] += {span.share * ground, span.share * static_cast<double>(col - begin)};
    }
  }

  ClassAreas<std::int64_t> by_value(const ClassSource& source) const {
    ClassAreas<std::int64_t> areas;
    for (std::size_t code = 0; code < m_areas.size(); ++code) {
      if (m_areas[code].pixels == 0) continue;
      if (code == ClassSource::kNoCode)
        areas.nodata = m_areas[code];
      else
        areas.classes[source.value_of(static_cast<std::uint16_t>(code))] += m_areas[code];
    }
    return areas;
  }

 private:
  std::vector<GroundArea> m_areas;
};

/// A zone under way.
struct ActiveZone {
  PixelCoverage coverage;
  Tally tally;
};

/// Reads a raster by blocks of rows, with the ground sums of each row.
class RowReader {
 public:
  RowReader(const ClassSource& source, const AreaScale& scale, RunContext& context)
      : m_source(source),
        m_scale(scale),
        m_context(context),
        m_block_rows(std::clamp(kBlockPixels / std::max<std::int64_t>(1, source.info().cols), std::int64_t{1},
                                kMostBlockRows)),
        m_sums(static_cast<std::size_t>(source.info().cols) + 1) {}

  std::int64_t block_rows() const { return m_block_rows; }

  /// Calls visit(row, codes, sums) for some rows.
  template <class Visit>
  void read(std::int64_t begin, std::int64_t end, const Visit& visit) {
    const RasterInfo& info = m_source.info();
    m_context.check_cancelled();
    m_codes.resize(static_cast<std::size_t>((end - begin) * info.cols));
    m_source.read_rows(begin, end - begin, m_codes.data());
    for (std::int64_t row = begin; row < end; ++row) {
      m_scale.row_sums(row, m_sums);
      visit(row, m_codes.data() + (row - begin) * info.cols, std::span<const double>(m_sums));
    }
    m_context.progress(static_cast<double>(end) / static_cast<double>(info.rows), "counting");
  }

 private:
  const ClassSource& m_source;
  const AreaScale& m_scale;
  RunContext& m_context;
  std::int64_t m_block_rows;
  std::vector<std::uint16_t> m_codes;
  std::vector<double> m_sums;
};

}  // namespace

ClassAreas<std::int64_t> areas_of_raster(const ClassSource& source, const AreaScale& scale,
                                         RunContext& context) {
  const RasterInfo& info = source.info();
  RowReader reader(source, scale, context);
  Tally tally;
  const CoverageSpan whole{0, info.cols, 1};
  for (std::int64_t row = 0; row < info.rows; row += reader.block_rows()) {
    reader.read(row, std::min(info.rows, row + reader.block_rows()),
                [&](std::int64_t, const std::uint16_t* codes, std::span<const double> sums) {
                  tally.add(whole, codes, sums);
                });
  }
  return tally.by_value(source);
}

std::vector<ClassAreas<std::int64_t>> areas_of_zones(const ClassSource& source, const AreaScale& scale,
                                                     std::span<const Zone> zones, RunContext& context) {
  const RasterInfo& info = source.info();
  std::vector<ActiveZone> active;
  for (const Zone& zone : zones) active.push_back({PixelCoverage(zone.polygon, info.cols, info.rows), {}});
  std::vector<std::size_t> order(active.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return active[i].coverage.first_row(); });
  RowReader reader(source, scale, context);
  std::vector<CoverageSpan> spans;
  for (std::int64_t row = 0; row < info.rows; row += reader.block_rows()) {
    const std::int64_t end = std::min(info.rows, row + reader.block_rows());
    std::vector<ActiveZone*> here;
    std::int64_t first = end;
    std::int64_t stop = row;
    for (const std::size_t i : order) {
      const PixelCoverage& coverage = active[i].coverage;
      if (coverage.first_row() >= end) break;
      if (coverage.end_row() <= row) continue;
      here.push_back(&active[i]);
      first = std::min(first, std::max(row, coverage.first_row()));
      stop = std::max(stop, std::min(end, coverage.end_row()));
    }
    if (here.empty()) continue;
    reader.read(first, stop, [&](std::int64_t at, const std::uint16_t* codes, std::span<const double> sums) {
      for (ActiveZone* zone : here) {
        if (at < zone->coverage.first_row() || at >= zone->coverage.end_row()) continue;
        zone->coverage.read_row(at, spans);
        for (const CoverageSpan& span : spans) zone->tally.add(span, codes, sums);
      }
    });
  }
  std::vector<ClassAreas<std::int64_t>> areas;
  for (const ActiveZone& zone : active) areas.push_back(zone.tally.by_value(source));
  return areas;
}

}  // namespace orthocover
