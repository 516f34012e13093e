#include "core/resampling/scene_percentiles.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <numeric>
#include <system_error>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr std::int64_t kWindows = 8;       ///< along an axis
constexpr std::int64_t kMostWindows = 64;  ///< where a scene is nearly empty
constexpr std::size_t kFewestPixels = 1000;
constexpr std::int64_t kSampleSide = 128;
/// Side of a corner that tells of a collar.
constexpr std::int64_t kCornerSide = 16;

/// Values of a band: how often each byte occurs, or the numbers.
class Sample {
 public:
  void add(std::uint8_t value) { ++m_counts[value]; }
  void add(float value) { m_numbers.push_back(value); }
  void add(const Sample& other) {
    std::ranges::transform(m_counts, other.m_counts, m_counts.begin(), std::plus());
    m_numbers.insert(m_numbers.end(), other.m_numbers.begin(), other.m_numbers.end());
  }

  std::size_t size() const { return std::reduce(m_counts.begin(), m_counts.end(), m_numbers.size()); }

  double percentile(double percent) {
    const auto rank = static_cast<std::size_t>(percent / 100 * static_cast<double>(size() - 1));
    if (!m_numbers.empty()) {
      std::ranges::nth_element(m_numbers, m_numbers.begin() + static_cast<std::ptrdiff_t>(rank));
      return m_numbers[rank];
    }
    std::size_t value = 0;
    for (std::size_t below = m_counts[0]; below <= rank; below += m_counts[value]) ++value;
    return static_cast<double>(value);
  }

 private:
  std::array<std::size_t, 256> m_counts{};
  std::vector<float> m_numbers;
};

using Samples = std::vector<Sample>;  ///< by band

/// Sample windows along one axis: all of a small scene, evenly spread parts of a large one, never
/// overlapping.
struct SampleAxis {
  std::int64_t count = 1;
  std::int64_t size = 1;
  bool is_whole = false;

  SampleAxis(std::int64_t size_px, std::int64_t most)
      : count(std::clamp<std::int64_t>(size_px / kSampleSide, 1, most)),
        size(size_px),
        is_whole(count < most || count * kSampleSide >= size) {}
  std::int64_t start(std::int64_t i) const {
    return is_whole ? size * i / count : (size - kSampleSide) * i / (count - 1);
  }
  std::int64_t side(std::int64_t i) const { return is_whole ? start(i + 1) - start(i) : kSampleSide; }
};

/// Whether all bands of a pixel have a value.
template <class Value>
bool is_all(const PixelBlockOf<Value>& block, std::size_t pixel, float value) {
  for (int band = 0; band < block.bands; ++band)
    if (static_cast<float>(block.band(band)[pixel]) != value) return false;
  return true;
}

template <class Value>
void add_valid(PixelBlockOf<Value>& block, const std::optional<float>& collar, Samples& samples) {
  for (std::size_t p = 0; collar && p < block.valid.size(); ++p)
    if (is_all(block, p, *collar)) block.valid[p] = 0;
  for (std::size_t band = 0; band < samples.size(); ++band) {
    const Value* pixel = block.band(static_cast<int>(band));
    for (std::size_t p = 0; p < block.valid.size(); ++p) {
      if (block.valid[p]) samples[band].add(pixel[p]);
    }
  }
}

/// Values of the valid pixels of some windows, which threads read beside each other.
/// @param collar value of pixels that are none
Samples sample(const RasterSource& source, const SampleAxis& x, const SampleAxis& y,
               const std::optional<float>& collar, int threads, const RunContext& run) {
  std::atomic<std::int64_t> next = 0;
  const auto read = [&] {
    Samples samples(source.info().bands.size());
    PixelBlock block;
    ByteBlock bytes;
    for (std::int64_t i = next++; i < x.count * y.count; i = next++) {
      run.check_cancelled();
      const std::int64_t col = i % x.count, row = i / x.count;
      const Window window{x.start(col), y.start(row), x.side(col), y.side(row)};
      if (source.has_bytes()) {
        source.read_bytes(window, -1, bytes);
        add_valid(bytes, collar, samples);
      } else {
        source.read(window, -1, block);
        add_valid(block, collar, samples);
      }
    }
    return samples;
  };
  std::vector<std::future<Samples>> others;
  try {
    for (int i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, read));
  } catch (const std::system_error&) {
    // Those that could be started do it all.
  }
  Samples all = read();
  for (auto& other : others) {
    const Samples more = other.get();
    for (std::size_t band = 0; band < all.size(); ++band) all[band].add(more[band]);
  }
  return all;
}

}  // namespace

std::optional<float> undeclared_collar(const RasterSource& source, bool above_only) {
  const RasterInfo& info = source.info();
  constexpr std::int64_t cols = kCornerSide, rows = kCornerSide;
  if (std::min(info.cols, info.rows) < 4 * kCornerSide) return std::nullopt;
  PixelBlock corner;
  for (const std::int64_t row : {std::int64_t{0}, info.rows - rows}) {
    if (above_only && row > 0) continue;
    for (const std::int64_t col : {std::int64_t{0}, info.cols - cols}) {
      source.read({col, row, cols, rows}, -1, corner);
      const float value = corner.values.front();
      const auto has_value = [&](float other) { return other == value; };
      const bool is_known = std::ranges::count(corner.valid, std::uint8_t{0}) > 0;
      if (!is_known && std::ranges::all_of(corner.values, has_value)) return value;
    }
  }
  return std::nullopt;
}

std::optional<float> told_collar(const RasterSource& scene) {
  const RasterInfo& info = scene.info();
  if (!info.georeference.geotransform) return std::nullopt;
  try {
    // What can only be read in order would be decoded once more for its lower corners.
    return undeclared_collar(scene, info.driver == "JPEG" || info.driver == "PNG");
  } catch (const Error&) {  // what can't be read is told where it is wanted
    return std::nullopt;
  }
}

std::vector<std::pair<double, double>> scene_percentiles(const RasterSource& source, double low, double high,
                                                         std::string_view cure, int threads,
                                                         const RunContext& run) {
  const RasterInfo& info = source.info();
  Samples samples;
  std::int64_t windows = 0;
  bool is_whole = false;
  std::optional<float> collar = undeclared_collar(source);
  if (collar && *collar > 0) collar.reset();  // bright ground may be saturated
  for (std::int64_t most = kWindows; most <= kMostWindows; most *= 2) {
    const SampleAxis x(info.cols, most), y(info.rows, most);
    if (x.count * y.count == windows) break;
    windows = x.count * y.count;
    is_whole = x.is_whole && y.is_whole;
    samples = sample(source, x, y, collar, threads, run);
    // All of it may be as its corners are.
    if (collar && samples.front().size() == 0) samples = sample(source, x, y, {}, threads, run);
    if (samples.empty() || samples.front().size() >= kFewestPixels) break;
  }
  if (samples.empty() || samples.front().size() == 0) {
    if (is_whole) throw EmptyScene(info.path, "");
    throw data_error("{}: no valid pixel was found in {} sample windows; {}", info.path, windows, cure);
  }
  std::vector<std::pair<double, double>> bounds;
  for (Sample& band : samples) {
    const double lower = band.percentile(low);
    bounds.emplace_back(lower, band.percentile(high));
  }
  return bounds;
}

}  // namespace orthocover
