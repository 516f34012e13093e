#include "core/vectorize/vectorizer.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <span>
#include <thread>

#include "core/base/channel.h"
#include "core/base/error.h"
#include "core/base/stopwatch.h"
#include "core/vectorize/coverage_merger.h"
#include "core/vectorize/grid_point.h"
#include "core/vectorize/majority_filter.h"
#include "core/vectorize/region_sieve.h"
#include "core/vectorize/strip_pipeline.h"

namespace orthocover::vectorize {
namespace {

using Polygons = std::vector<RasterPolygon>;

/// Pixels of a strip: some megabytes, whatever the raster's width.
constexpr std::int64_t kStripPixels = 4 << 20;
constexpr std::int64_t kFewestRows = 16;

/// Writes on a thread of its own, beside the tracing.
class WriterThread {
 public:
  explicit WriterThread(FeatureSink& sink) : m_sink(sink), m_thread([this] { run(); }) {}
  ~WriterThread() {
    m_stop = true;
    m_queue.fail(std::make_exception_ptr(0));
  }

  void write(Polygons polygons) { m_queue.push(std::move(polygons)); }

  /// Waits until everything is written.
  double finish() {
    m_queue.close();
    m_thread.join();
    if (m_error) std::rethrow_exception(m_error);
    return m_seconds;
  }

 private:
  void run() {
    try {
      while (const auto polygons = m_queue.pop()) {
        const Stopwatch watch;
        for (std::span<const RasterPolygon> left(*polygons); !left.empty() && !m_stop;) {
          const std::size_t count = std::min(left.size(), kWrittenAtOnce);
          m_sink.write(left.first(count));
          left = left.subspan(count);
        }
        m_seconds += watch.seconds();
      }
    } catch (...) {
      m_error = std::current_exception();
      m_queue.fail(m_error);
    }
  }

  static constexpr std::size_t kWrittenAtOnce = 4096;  ///< for a run that is stopped

  FeatureSink& m_sink;
  std::atomic<bool> m_stop = false;
  Channel<Polygons> m_queue{4};
  std::exception_ptr m_error;
  double m_seconds = 0;
  std::jthread m_thread;
};

/// Collects all polygons of a class in one feature.
class Dissolver {
 public:
  void add(FinishedFeature feature) {
    RasterPolygon& whole = m_classes[feature.polygon.value];
    RasterPolygon& part = feature.polygon;
    whole.value = part.value;
    const auto vertices = static_cast<std::uint32_t>(whole.vertices.size());
    const auto rings = static_cast<std::uint32_t>(whole.ring_ends.size());
    whole.vertices.insert(whole.vertices.end(), part.vertices.begin(), part.vertices.end());
    for (const std::uint32_t end : part.ring_ends) whole.ring_ends.push_back(vertices + end);
    for (const std::uint32_t end : part.part_ends) whole.part_ends.push_back(rings + end);
    if (!feature.tally.rated) return;
    Rating& rating = m_ratings[part.value];
    rating.sum += feature.tally.confidence;
    rating.pixels += feature.tally.rated;
  }

  Polygons finish() {
    Polygons polygons;
    for (auto& [value, polygon] : m_classes) {
      sort_parts(polygon);
      const auto rating = m_ratings.find(value);
      if (rating != m_ratings.end())
        polygon.confidence = rating->second.sum / static_cast<double>(rating->second.pixels);
      polygons.push_back(std::move(polygon));
    }
    return polygons;
  }

 private:
  struct Rating {
    double sum = 0;
    std::int64_t pixels = 0;
  };
  std::map<std::int64_t, RasterPolygon> m_classes;
  std::map<std::int64_t, Rating> m_ratings;
};

}  // namespace

std::int64_t chosen_strip_rows(const RasterInfo& info) {
  const std::int64_t fitting = kStripPixels / std::max<std::int64_t>(1, info.cols);
  return std::clamp(fitting, kFewestRows, std::max(kFewestRows, info.rows));
}

namespace {

/// First pass over the raster: which regions are too small, and what becomes of them.
std::optional<RegionSieve> sieve_for(const ClassSource& source, const VectorizeSettings& settings,
                                     std::int64_t strip_rows, RunContext& context) {
  if (settings.min_pixels <= 1) return std::nullopt;
  std::optional<RegionSieve> sieve(RegionSieve({settings.min_pixels, settings.eight_connected,
                                                settings.simplify.pixel_side(), settings.drop_islands}));
  StripReader reader(source, strip_rows);
  for (std::int64_t i = 0; i < reader.strips(); ++i) {
    context.check_cancelled();
    sieve->add(reader.next());
    context.progress(static_cast<double>(i + 1) / static_cast<double>(reader.strips()), "small areas");
  }
  sieve->solve();
  return sieve;
}

/// Counts what a mosaic was without.
void put_back(std::span<const LeftOut> gaps, std::vector<RasterVertex>& vertices,
              double RasterVertex::*axis) {
  for (std::size_t i = gaps.size(); i-- > 0;) {
    for (RasterVertex& vertex : vertices) {
      if (vertex.*axis >= static_cast<double>(gaps[i].before))
        vertex.*axis += static_cast<double>(gaps[i].count);
    }
  }
}

/// Takes features in their order, and passes them to the writer.
class FeatureOutlet {
 public:
  /// @param raster that `source` is of
  FeatureOutlet(const ClassSource& source, const ClassSource& raster, bool dissolve, FeatureSink& sink,
                VectorizeReport& report)
      : m_source(source), m_raster(raster), m_dissolve(dissolve), m_writer(sink), m_report(report) {}

  void take(std::vector<FinishedFeature> features) {
    Polygons polygons;
    for (FinishedFeature& feature : features) {
      feature.polygon.value = m_source.value_of(feature.code);
      if (m_dissolve)
        m_dissolver.add(std::move(feature));
      else
        polygons.push_back(std::move(feature.polygon));
    }
    write(std::move(polygons));
  }

  void finish() {
    if (m_dissolve) write(m_dissolver.finish());
    m_report.write_seconds = m_writer.finish();
  }

 private:
  void write(Polygons polygons) {
    for (RasterPolygon& polygon : polygons) {
      put_back(m_raster.left_out_cols(), polygon.vertices, &RasterVertex::col);
      put_back(m_raster.left_out_rows(), polygon.vertices, &RasterVertex::row);
      ++m_report.features;
      m_report.vertices += static_cast<std::int64_t>(polygon.vertices.size());
    }
    if (!polygons.empty()) m_writer.write(std::move(polygons));
  }

  const ClassSource& m_source;
  const ClassSource& m_raster;
  bool m_dissolve;
  WriterThread m_writer;
  Dissolver m_dissolver;
  VectorizeReport& m_report;
};

void trace_all(const ClassSource& source, const RasterSource* confidence, const VectorizeSettings& settings,
               std::int64_t strip_rows, const RegionSieve* sieve, FeatureOutlet& outlet,
               VectorizeReport& report, RunContext& context) {
  StripPipeline pipeline(source, confidence, settings, strip_rows, sieve);
  CoverageMerger merger(settings.simplify, strip_rows, settings.eight_connected);
  std::int64_t known = 0;
  for (std::int64_t i = 0; i < pipeline.strips(); ++i) {
    context.check_cancelled();
    FinishedStrip finished = pipeline.next();
    for (; known < pipeline.strips() && known <= i + pipeline.reach(); ++known)
      merger.add_corners(pipeline.corners(known));
    const Stopwatch merging;
    auto features = merger.add(finished.strip, std::move(finished.yield), finished.is_last);
    report.merge_seconds += merging.seconds();
    outlet.take(std::move(features));
    context.progress(static_cast<double>(i + 1) / static_cast<double>(pipeline.strips()), "polygons");
  }
  pipeline.add_times(report);
}

}  // namespace

void check_size(const RasterInfo& map) {
  if (map.cols > kMostCells || map.rows > kMostCells)
    throw data_error(
        "{}: has {} x {} px, polygons are made of at most {} columns and rows; cut it into parts", map.path,
        map.cols, map.rows, kMostCells);
}

VectorizeReport vectorize(const ClassSource& raster, const RasterSource* confidence,
                          const VectorizeSettings& wanted, FeatureSink& sink, RunContext& context) {
  const Stopwatch watch;
  const RasterInfo& info = raster.info();
  check_size(info);
  VectorizeSettings settings = wanted;
  settings.simplify.raster_cols = info.cols;
  settings.simplify.raster_rows = info.rows;
  const std::optional<MajorityFilter> majority =
      settings.majority_px > 1 ? std::optional<MajorityFilter>(std::in_place, raster, settings.majority_px)
                               : std::nullopt;
  const ClassSource& source = majority ? static_cast<const ClassSource&>(*majority) : raster;
  const std::int64_t strip_rows = settings.strip_rows > 0 ? settings.strip_rows : chosen_strip_rows(info);
  if (!settings.right_angled.empty()) {
    settings.simplify.is_right_angled = [&](std::uint16_t code) {
      return code != ClassSource::kNoCode &&
             std::ranges::find(settings.right_angled, source.value_of(code)) != settings.right_angled.end();
    };
  }
  VectorizeReport report;
  SubContext sieving(context, 0, settings.min_pixels > 1 ? 0.3 : 0);
  const std::optional<RegionSieve> sieve = sieve_for(source, settings, strip_rows, sieving);
  report.sieve_seconds = watch.seconds();
  if (sieve) report.merged_regions = sieve->merged(), report.islands = sieve->islands();
  SubContext tracing(context, settings.min_pixels > 1 ? 0.3 : 0, 1);
  FeatureOutlet outlet(source, raster, settings.dissolve, sink, report);
  trace_all(source, confidence, settings, strip_rows, sieve ? &*sieve : nullptr, outlet, report, tracing);
  outlet.finish();
  report.wall_seconds = watch.seconds();
  return report;
}

}  // namespace orthocover::vectorize
