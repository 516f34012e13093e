#include "core/metrics/class_areas.h"

#include <algorithm>
#include <numeric>

#include "core/base/rows.h"
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
  void add(const CoverageSpan& span, const std::uint16_t* codes, const RowGround& ground) {
    double before = ground.before(span.begin);
    for (std::int64_t col = span.begin; col < span.end;) {
      const std::int64_t begin = col;
      const std::uint16_t code = codes[begin];
      col += rows::run_length(codes + begin, span.end - begin);
      if (code >= m_areas.size()) m_areas.resize(code + 1U);
      const double passed = ground.before(col);
      m_areas[code] += {span.share * (passed - before), span.share * static_cast<double>(col - begin)};
      before = passed;
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

/// Reads a raster by blocks of rows, with the ground of each row.
class RowReader {
 public:
  RowReader(const ClassSource& source, const AreaScale& scale, RunContext& context)
      : m_source(source),
        m_scale(scale),
        m_context(context),
        m_block_rows(std::clamp(kBlockPixels / std::max<std::int64_t>(1, source.info().cols), std::int64_t{1},
                                kMostBlockRows)) {}

  std::int64_t block_rows() const { return m_block_rows; }

  /// Calls visit(row, codes, ground) for some rows.
  template <class Visit>
  void read(std::int64_t begin, std::int64_t end, const Visit& visit) {
    const RasterInfo& info = m_source.info();
    m_context.check_cancelled();
    m_codes.resize(static_cast<std::size_t>((end - begin) * info.cols));
    m_source.read_rows(begin, end - begin, m_codes.data());
    for (std::int64_t row = begin; row < end; ++row)
      visit(row, m_codes.data() + (row - begin) * info.cols, m_scale.row_ground(row));
    m_context.progress(static_cast<double>(end) / static_cast<double>(info.rows), "counting");
  }

 private:
  const ClassSource& m_source;
  const AreaScale& m_scale;
  RunContext& m_context;
  std::int64_t m_block_rows;
  std::vector<std::uint16_t> m_codes;
};

/// Zones that are swept from the top of a raster to its bottom.
class ZoneSweep {
 public:
  ZoneSweep(std::span<const Zone> zones, const RasterInfo& info) {
    for (const Zone& zone : zones) m_zones.push_back({PixelCoverage(zone.polygon, info.cols, info.rows), {}});
    m_order.resize(m_zones.size());
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::ranges::stable_sort(m_order, {}, [&](std::size_t i) { return m_zones[i].coverage.first_row(); });
  }

  /// Counts the rows [begin, end) where zones are; blocks must follow each other.
  void count(std::int64_t begin, std::int64_t end, RowReader& reader) {
    std::int64_t first = end;
    std::int64_t stop = begin;
    m_here.clear();
    for (const std::size_t i : m_order) {
      const PixelCoverage& coverage = m_zones[i].coverage;
      if (coverage.first_row() >= end) break;
      if (coverage.end_row() <= begin) continue;
      m_here.push_back(&m_zones[i]);
      first = std::min(first, std::max(begin, coverage.first_row()));
      stop = std::max(stop, std::min(end, coverage.end_row()));
    }
    if (m_here.empty()) return;
    reader.read(first, stop, [this](std::int64_t row, const std::uint16_t* codes, const RowGround& ground) {
      count_row(row, codes, ground);
    });
  }

  std::vector<ClassAreas<std::int64_t>> areas(const ClassSource& source) const {
    std::vector<ClassAreas<std::int64_t>> areas;
    for (const SweptZone& zone : m_zones) areas.push_back(zone.tally.by_value(source));
    return areas;
  }

 private:
  struct SweptZone {
    PixelCoverage coverage;
    Tally tally;
  };

  void count_row(std::int64_t row, const std::uint16_t* codes, const RowGround& ground) {
    for (SweptZone* zone : m_here) {
      if (row < zone->coverage.first_row() || row >= zone->coverage.end_row()) continue;
      zone->coverage.read_row(row, m_spans);
      for (const CoverageSpan& span : m_spans) zone->tally.add(span, codes, ground);
    }
  }

  std::vector<SweptZone> m_zones;
  std::vector<std::size_t> m_order;  ///< by their first row
  std::vector<SweptZone*> m_here;    ///< on the rows that are read
  std::vector<CoverageSpan> m_spans;
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
                [&](std::int64_t, const std::uint16_t* codes, const RowGround& ground) {
                  tally.add(whole, codes, ground);
                });
  }
  return tally.by_value(source);
}

std::vector<ClassAreas<std::int64_t>> areas_of_zones(const ClassSource& source, const AreaScale& scale,
                                                     std::span<const Zone> zones, RunContext& context) {
  RowReader reader(source, scale, context);
  ZoneSweep sweep(zones, source.info());
  const std::int64_t rows = source.info().rows;
  for (std::int64_t row = 0; row < rows; row += reader.block_rows())
    sweep.count(row, std::min(rows, row + reader.block_rows()), reader);
  return sweep.areas(source);
}

}  // namespace orthocover
