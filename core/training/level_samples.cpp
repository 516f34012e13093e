#include "core/training/level_samples.h"

#include <algorithm>
#include <cmath>

#include "core/base/random.h"
#include "core/resampling/patch_reader.h"

namespace orthocover {
namespace {

/// Points of each class in each region.
constexpr std::size_t kPointsOfClass = 400;

struct Point {
  double x;  ///< scene pixels
  double y;
  std::uint8_t label;
};

/// An even draw of so many from a stream of unknown length.
/// @source reservoir sampling, algorithm R: Vitter 1985, doi 10.1145/3147.3165
class Reservoir {
 public:
  void offer(const Point& point, Random& random) {
    ++m_seen;
    if (m_points.size() < kPointsOfClass) {
      m_points.push_back(point);
    } else if (const std::size_t at = random.index(m_seen); at < kPointsOfClass) {
      m_points[at] = point;
    }
  }
  const std::vector<Point>& points() const { return m_points; }

 private:
  std::size_t m_seen = 0;
  std::vector<Point> m_points;
};

std::vector<Point> draw_points(const TrainingScene& scene, const Window& region,
                               const ValidationOptions& options, Random& random, RunContext& context) {
  const PixelScale scale = patch_scale(scene, options.ground_size_m);
  std::vector<Reservoir> of_class(static_cast<std::size_t>(options.classes));
  for (const RegionTile& tile : region_tiles(region, scale, options.patch_px)) {
    context.check_cancelled();
    PixelBlock pixels;
    std::vector<std::uint8_t> labels;
    if (!read_labelled(scene, scale, tile, options.classes, pixels, labels)) continue;
    const Window& patch = tile.patch;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == kIgnoreLabel) continue;
      const auto col = static_cast<std::int64_t>(i) % patch.cols;
      const auto row = static_cast<std::int64_t>(i) / patch.cols;
      of_class[labels[i]].offer({(static_cast<double>(patch.col + col) + 0.5) * scale.x,
                                 (static_cast<double>(patch.row + row) + 0.5) * scale.y, labels[i]},
                                random);
    }
  }
  std::vector<Point> points;
  for (const Reservoir& reservoir : of_class)
    points.insert(points.end(), reservoir.points().begin(), reservoir.points().end());
  return points;
}

/// Bilinear between cell centres, the edge repeated.
/// @param logits @shape [classes, rows, cols]
void read_logits(const torch::TensorAccessor<float, 3>& logits, double row, double col, float* out) {
  const auto clamped = [](double at, std::int64_t size) {
    return std::clamp(at - 0.5, 0.0, static_cast<double>(size - 1));
  };
  const double y = clamped(row, logits.size(1));
  const double x = clamped(col, logits.size(2));
  const auto top = static_cast<std::int64_t>(y);
  const auto left = static_cast<std::int64_t>(x);
  const std::int64_t bottom = std::min(top + 1, logits.size(1) - 1);
  const std::int64_t right = std::min(left + 1, logits.size(2) - 1);
  const auto down = static_cast<float>(y - static_cast<double>(top));
  const auto across = static_cast<float>(x - static_cast<double>(left));
  for (std::int64_t c = 0; c < logits.size(0); ++c) {
    const auto plane = logits[c];
    const float above = plane[top][left] + across * (plane[top][right] - plane[top][left]);
    const float below = plane[bottom][left] + across * (plane[bottom][right] - plane[bottom][left]);
    out[c] = above + down * (below - above);
  }
}

/// Scores of a region's points on one level.
class RegionScorer {
 public:
  RegionScorer(nn::SegmentationNetwork& network, torch::Device device, const TrainingScene& scene,
               const Window& region, const std::vector<Point>& points)
      : m_network(network), m_device(device), m_scene(scene), m_region(region), m_points(points) {}

  /// @param out of the first point on this level
  /// @param stride from one point to the next
  void score(const ValidationOptions& options, float* out, std::size_t stride, RunContext& context) const {
    const PixelScale scale = patch_scale(m_scene, options.ground_size_m);
    for (const auto& [tile, patch] : region_tiles(m_region, scale, options.patch_px)) {
      context.check_cancelled();
      const std::vector<std::size_t> inside = points_of(tile, scale);
      PixelBlock pixels;
      if (inside.empty() || !read_patch(*m_scene.source, scale, patch, pixels)) continue;
      const torch::Tensor logits =
          m_network.forward(network_input(pixels, options).to(m_device)).to(torch::kFloat32).cpu()[0];
      const auto cells = logits.accessor<float, 3>();
      for (const std::size_t i : inside) {
        read_logits(cells, m_points[i].y / scale.y - static_cast<double>(patch.row),
                    m_points[i].x / scale.x - static_cast<double>(patch.col), out + i * stride);
      }
    }
  }

 private:
  /// A region's edge falls between two pixels of a coarse level: the outermost tiles take what lies beyond.
  std::vector<std::size_t> points_of(const Window& tile, const PixelScale& scale) const {
    const Window whole = on_grid(m_region, scale);
    std::vector<std::size_t> inside;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
      const auto col = std::clamp(static_cast<std::int64_t>(std::floor(m_points[i].x / scale.x)), whole.col,
                                  whole.right() - 1);
      const auto row = std::clamp(static_cast<std::int64_t>(std::floor(m_points[i].y / scale.y)), whole.row,
                                  whole.bottom() - 1);
      if (tile.contains({col, row, 1, 1})) inside.push_back(i);
    }
    return inside;
  }

  nn::SegmentationNetwork& m_network;
  torch::Device m_device;
  const TrainingScene& m_scene;
  Window m_region;
  const std::vector<Point>& m_points;
};

}  // namespace

void LevelSamples::append(const LevelSamples& other) {
  levels = other.levels;
  classes = other.classes;
  labels.insert(labels.end(), other.labels.begin(), other.labels.end());
  logits.insert(logits.end(), other.logits.begin(), other.logits.end());
}

LevelSamples sample_levels(nn::SegmentationNetwork& network, torch::Device device,
                           const std::vector<TrainingScene>& scenes, const ValidationOptions& options,
                           const std::vector<int>& levels, std::uint64_t seed, RunContext& context) {
  const nn::InferenceScope scope;
  const bool was_training = network.is_training();
  network.eval();
  LevelSamples samples;
  samples.levels = levels.size();
  samples.classes = static_cast<std::size_t>(options.classes);
  const std::size_t stride = samples.levels * samples.classes;
  Random random(seed);
  for (const TrainingScene& scene : scenes) {
    for (const LabelledRegion& region : scene.held_out) {
      const std::vector<Point> points = draw_points(scene, region.window, options, random, context);
      if (points.empty()) continue;
      const std::size_t first = samples.logits.size();
      samples.logits.resize(first + points.size() * stride);
      const RegionScorer scorer(network, device, scene, region.window, points);
      for (std::size_t level = 0; level < levels.size(); ++level) {
        ValidationOptions coarser = options;
        coarser.ground_size_m *= levels[level];
        scorer.score(coarser, samples.logits.data() + first + level * samples.classes, stride, context);
      }
      for (const Point& point : points) samples.labels.push_back(point.label);
    }
  }
  network.train(was_training);
  return samples;
}

}  // namespace orthocover
