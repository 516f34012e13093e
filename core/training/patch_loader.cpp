#include "core/training/patch_loader.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/resampling/patch_reader.h"

namespace orthocover {
namespace {

/// Scene pixels of a window of the grid of a scale, to whole pixels.
Window scene_window(double scale, const Window& window) {
  const auto scaled = [&](std::int64_t at) { return std::llround(static_cast<double>(at) * scale); };
  const Window out{scaled(window.col), scaled(window.row), 0, 0};
  return {out.col, out.row, std::max<std::int64_t>(1, scaled(window.right()) - out.col),
          std::max<std::int64_t>(1, scaled(window.bottom()) - out.row)};
}

/// Sums of one band, for its mean and deviation.
struct Sums {
  double count = 0;
  double sum = 0;
  double squares = 0;

  void add(double value) { ++count, sum += value, squares += value * value; }
  double mean() const { return sum / count; }
  double deviation() const { return std::sqrt(std::max(0.0, squares / count - mean() * mean())); }
};

BandStatistics statistics_of(const std::vector<Sums>& sums) {
  BandStatistics statistics;
  for (const Sums& band : sums) {
    statistics.mean.push_back(band.mean());
    statistics.deviation.push_back(band.deviation());
  }
  return statistics;
}

/// Reduces a scene to about this many pixels a side for its statistics.
constexpr double kSampleSide = 512;

}  // namespace

PatchLoader::PatchLoader(const std::vector<TrainingScene>& scenes, std::vector<nn::ModelBand> bands,
                         double scale, std::vector<BandStatistics> statistics,
                         std::optional<AugmentationOptions> augmentation)
    : m_scenes(scenes),
      m_bands(std::move(bands)),
      m_scale(scale),
      m_statistics(std::move(statistics)),
      m_augmentation(augmentation) {}

void read_patch_labels(const LabelSource& source, double scale, const Window& window,
                       std::vector<std::uint8_t>& labels) {
  source.read(scene_window(scale, window), window.cols, window.rows, labels);
}

void PatchLoader::read_labels(const PatchRequest& request, const std::vector<std::uint8_t>& valid,
                              std::vector<std::uint8_t>& labels) const {
  const TrainingScene& scene = m_scenes[request.scene];
  read_patch_labels(*scene.labels, request.scale, request.window, labels);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!valid[i]) labels[i] = kIgnoreLabel;
  }
  for (const LabelledRegion& region : scene.held_out) {
    const Window& held = region.window;
    const auto low = [&](std::int64_t at) { return std::floor(static_cast<double>(at) / request.scale); };
    const auto high = [&](std::int64_t at) { return std::ceil(static_cast<double>(at) / request.scale); };
    const Window grid{static_cast<std::int64_t>(low(held.col)), static_cast<std::int64_t>(low(held.row)),
                      static_cast<std::int64_t>(high(held.right()) - low(held.col)),
                      static_cast<std::int64_t>(high(held.bottom()) - low(held.row))};
    const Window common = intersect(grid, request.window);
    for (std::int64_t row = common.row; row < common.bottom(); ++row) {
      const std::int64_t at =
          (row - request.window.row) * request.window.cols + common.col - request.window.col;
      std::fill_n(labels.begin() + at, common.cols, kIgnoreLabel);
    }
  }
}

TrainingPatch PatchLoader::load(const PatchRequest& request) const {
  PixelBlock pixels;
  std::vector<std::uint8_t> labels;
  const RasterSource& source = *m_scenes[request.scene].source;
  if (!read_patch(source, request.scale, request.window, pixels)) std::ranges::fill(pixels.values, 0.0F);
  read_labels(request, pixels.valid, labels);
  for (float& value : pixels.values) value *= static_cast<float>(m_scale);
  if (m_augmentation) {
    Random random(request.seed);
    const BandStatistics& other = m_statistics[random.index(m_scenes.size())];
    vary_colours(pixels, *m_augmentation, m_statistics[request.scene], other, random);
    if (m_augmentation->mirror) apply_symmetry(pixels, labels, static_cast<int>(random.index(8)));
  }
  return to_tensors(pixels, labels);
}

std::string PatchLoader::describe(const PatchRequest& request) const {
  const Window window = scene_window(request.scale, request.window);
  return fmt::format("{} at column {}, row {}, {} x {} px (level {})", m_scenes[request.scene].name,
                     window.col, window.row, window.cols, window.rows, request.level);
}

TrainingPatch PatchLoader::to_tensors(const PixelBlock& pixels,
                                      const std::vector<std::uint8_t>& labels) const {
  TrainingPatch patch;
  patch.image = torch::empty({pixels.bands, pixels.rows, pixels.cols});
  patch.labels = torch::empty({pixels.rows, pixels.cols}, torch::kUInt8);
  std::memcpy(patch.labels.data_ptr<std::uint8_t>(), labels.data(), labels.size());
  patch.labelled = std::ranges::count_if(labels, [](std::uint8_t label) { return label != kIgnoreLabel; });
  auto* to = patch.image.data_ptr<float>();
  const std::int64_t count = pixels.cols * pixels.rows;
  for (int band = 0; band < pixels.bands; ++band) {
    const nn::ModelBand& scaling = m_bands[static_cast<std::size_t>(band)];
    const auto gain = static_cast<float>(1 / scaling.std);
    const auto offset = static_cast<float>(-scaling.mean / scaling.std);
    const float* from = pixels.band(band);
    for (std::int64_t i = 0; i < count; ++i) to[band * count + i] = gain * from[i] + offset;
  }
  return patch;
}

std::vector<BandStatistics> measure_bands(const std::vector<TrainingScene>& scenes, double scale) {
  std::vector<BandStatistics> statistics;
  std::vector<Sums> all;
  for (const TrainingScene& scene : scenes) {
    const RasterInfo& info = scene.source->info();
    const double step = std::max(1.0, static_cast<double>(std::max(info.cols, info.rows)) / kSampleSide);
    const auto reduced = [&](std::int64_t size) {
      return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(size) / step));
    };
    PixelBlock pixels;
    if (!read_patch(*scene.source, step, {0, 0, reduced(info.cols), reduced(info.rows)}, pixels)) {
      throw data_error("{}: no valid pixel", info.path);
    }
    std::vector<Sums> sums(info.bands.size());
    all.resize(info.bands.size());
    for (int band = 0; band < pixels.bands; ++band) {
      for (std::size_t i = 0; i < pixels.valid.size(); ++i) {
        if (!pixels.valid[i]) continue;
        const double value = scale * pixels.band(band)[i];
        sums[static_cast<std::size_t>(band)].add(value);
        all[static_cast<std::size_t>(band)].add(value);
      }
    }
    statistics.push_back(statistics_of(sums));
  }
  statistics.push_back(statistics_of(all));
  return statistics;
}

}  // namespace orthocover
