#include "core/training/patch_loader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>

#include "core/base/error.h"
#include "core/resampling/patch_reader.h"
#include "core/resampling/scene_percentiles.h"

namespace orthocover {
namespace {

/// Sums of one band, for its mean and deviation, and its range.
struct Sums {
  double count = 0;
  double sum = 0;
  double squares = 0;
  double lowest = HUGE_VAL;
  double highest = -HUGE_VAL;

  void add(double value) { ++count, sum += value, squares += value * value; }
  void add(const Sums& other) {
    count += other.count, sum += other.sum, squares += other.squares;
    lowest = std::min(lowest, other.lowest), highest = std::max(highest, other.highest);
  }
  double mean() const { return sum / count; }
  double deviation() const { return std::sqrt(std::max(0.0, squares / count - mean() * mean())); }
};

BandStatistics statistics_of(const std::vector<Sums>& sums) {
  BandStatistics statistics;
  for (const Sums& band : sums) {
    statistics.mean.push_back(band.mean());
    statistics.deviation.push_back(band.deviation());
    statistics.lowest.push_back(band.lowest);
    statistics.highest.push_back(band.highest);
  }
  return statistics;
}

/// Grey levels of all scenes, by what is measured of them in scaled values.
GrayScale common_gray_scale(const std::vector<TrainingScene>& scenes, double scale,
                            const BandStatistics& together) {
  const auto in_scene_values = [&](std::vector<double> numbers) {
    for (double& number : numbers) number /= scale;
    return numbers;
  };
  return gray_scale_of(scenes.front().source->info().data_type(), in_scene_values(together.mean),
                       in_scene_values(together.deviation), in_scene_values(together.lowest),
                       in_scene_values(together.highest));
}

/// Pixels as augmentation wants them.
/// @param style in scaled values
cv::Mat to_image(const PixelBlock& pixels, const std::vector<BandChange>& style, double scale,
                 const GrayScale& gray) {
  std::vector<cv::Mat> planes;
  for (int band = 0; band < pixels.bands; ++band) {
    const auto at = static_cast<std::size_t>(band);
    const cv::Mat plane(static_cast<int>(pixels.rows), static_cast<int>(pixels.cols), CV_32FC1,
                        const_cast<float*>(pixels.band(band)));
    planes.emplace_back();
    plane.convertTo(planes.back(), gray.bytes ? CV_8U : CV_32F, style[at].gain * gray.factor[at],
                    (style[at].offset / scale - gray.low[at]) * gray.factor[at]);
  }
  cv::Mat image;
  cv::merge(planes, image);
  return image;
}

/// Reduces a scene to about this many pixels a side for its statistics.
constexpr double kSampleSide = 512;
/// Rows of the scene that are read until the wish to stop is asked for.
constexpr double kRowsAtOnce = 1024;

/// Makes pixels invalid that have one value in all bands, unless all do.
void leave_out(float value, PixelBlock& pixels) {
  std::vector<std::uint8_t> valid = pixels.valid;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    bool is_out = true;
    for (int band = 0; band < pixels.bands && is_out; ++band) is_out = pixels.band(band)[i] == value;
    if (is_out) valid[i] = 0;
  }
  if (std::ranges::count(valid, std::uint8_t{1}) > 0) pixels.valid = std::move(valid);
}

/// Share of pixels beyond either end of a range.
constexpr double kRare = 1e-3;

/// What all but the rarest values of a band lie between.
/// @param values are put into another order
void find_range(std::vector<float>& values, double scale, Sums& sums) {
  if (values.empty()) return;
  const auto rare = static_cast<std::ptrdiff_t>(kRare * static_cast<double>(values.size()));
  const auto low = values.begin() + rare, high = values.end() - 1 - rare;
  std::ranges::nth_element(values, low);
  sums.lowest = scale * *low;
  std::ranges::nth_element(values, high);
  sums.highest = scale * *high;
}

std::vector<Sums> sums_of(const RasterSource& source, double scale, const RunContext& run) {
  const RasterInfo& info = source.info();
  const double step = std::max(1.0, static_cast<double>(std::max(info.cols, info.rows)) / kSampleSide);
  const auto reduced = [&](std::int64_t size) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(size) / step));
  };
  const Window all{0, 0, reduced(info.cols), reduced(info.rows)};
  PixelBlock pixels;
  pixels.resize(static_cast<int>(info.bands.size()), all.cols, all.rows);
  Window rows{0, 0, all.cols, std::max<std::int64_t>(1, std::llround(kRowsAtOnce / step))};
  for (; rows.row < all.rows; rows.row += rows.rows) {
    run.check_cancelled();
    read_rows(source, step, all, intersect(rows, all), pixels);
  }
  if (!complete_patch(source, pixels)) throw data_error("{}: no valid pixel", info.path);
  if (const std::optional<float> collar = undeclared_collar(source); collar && *collar <= 0)
    leave_out(*collar, pixels);
  std::vector<Sums> sums(info.bands.size());
  std::vector<float> values;
  for (int band = 0; band < pixels.bands; ++band) {
    Sums& of_band = sums[static_cast<std::size_t>(band)];
    values.clear();
    for (std::size_t i = 0; i < pixels.valid.size(); ++i) {
      const float value = pixels.band(band)[i];
      if (!pixels.valid[i]) continue;
      of_band.add(scale * value);
      if (std::isfinite(value)) values.push_back(value);
    }
    find_range(values, scale, of_band);
  }
  return sums;
}

}  // namespace

PatchLoader::PatchLoader(const std::vector<TrainingScene>& scenes, std::vector<nn::ModelBand> bands,
                         double scale, std::vector<BandStatistics> statistics,
                         std::optional<AugmentationPipeline> augmentation, double style_share)
    : m_scenes(scenes),
      m_bands(std::move(bands)),
      m_scale(scale),
      m_statistics(std::move(statistics)),
      m_augmentation(std::move(augmentation)),
      m_style_share(style_share) {
  std::vector<std::string> names;
  for (const nn::ModelBand& band : m_bands) names.push_back(band.name);
  m_rgb = rgb_channels(names);
  if (m_augmentation) m_gray = common_gray_scale(m_scenes, m_scale, m_statistics.back());
  // Not even the colours of what is held out are known in training.
  double sum = 0;
  for (const TrainingScene& scene : m_scenes) {
    m_style_cumulative.push_back(sum += is_seen(scene) ? scene.weight : 0);
  }
}

void PatchLoader::read_labels(const PatchRequest& request, const std::vector<std::uint8_t>& valid,
                              std::vector<std::uint8_t>& labels) const {
  const TrainingScene& scene = m_scenes[request.scene];
  read_patch_labels(*scene.labels, request.scale, request.window, labels);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!valid[i]) labels[i] = kIgnoreLabel;
  }
  for (const Window& held : unseen_windows(scene)) {
    const Window grid = pixels_under(held, request.scale.inverse());
    const Window common = intersect(grid, request.window);
    for (std::int64_t row = common.row; row < common.bottom(); ++row) {
      const std::int64_t at =
          (row - request.window.row) * request.window.cols + common.col - request.window.col;
      std::fill_n(labels.begin() + at, common.cols, kIgnoreLabel);
    }
  }
}

PixelBlock PatchLoader::read(const PatchRequest& request, std::vector<std::uint8_t>& labels) const {
  PixelBlock pixels;
  const RasterSource& source = *m_scenes[request.scene].source;
  if (!read_patch(source, request.scale, request.window, pixels)) std::ranges::fill(pixels.values, 0.0F);
  read_labels(request, pixels.valid, labels);
  return pixels;
}

AugmentSample PatchLoader::varied(const PatchRequest& request) const {
  Random random(request.seed);
  std::vector<std::uint8_t> labels;
  const PixelBlock pixels = read(request, labels);
  const BandStatistics& other = m_statistics[random.weighted(m_style_cumulative)];
  std::vector<BandChange> style = draw_style(m_style_share, m_statistics[request.scene], other, random);
  // Heights and infrared keep their meaning.
  for (std::size_t band = 0; band < style.size(); ++band) {
    if (!m_rgb.empty() && std::ranges::count(m_rgb, static_cast<int>(band)) == 0) style[band] = {};
  }
  AugmentSample sample{to_image(pixels, style, m_scale, m_gray),
                       cv::Mat(static_cast<int>(pixels.rows), static_cast<int>(pixels.cols), CV_8UC1), m_rgb};
  std::ranges::copy(labels, sample.labels.begin<std::uint8_t>());
  m_augmentation->apply(sample, random);
  return sample;
}

TrainingPatch PatchLoader::load(const PatchRequest& request, const PatchRequest& partner) const {
  if (!m_augmentation) {
    std::vector<std::uint8_t> labels;
    const PixelBlock pixels = read(request, labels);
    return to_tensors(pixels, labels);
  }
  AugmentSample sample = varied(request);
  Random random(request.seed, 1);
  if (const Mix* mix = m_augmentation->draw_mix(random)) apply_mix(sample, varied(partner), *mix, random);
  return to_tensors(sample);
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
    const auto gain = static_cast<float>(m_scale / scaling.std);
    const auto offset = static_cast<float>(-scaling.mean / scaling.std);
    const float* from = pixels.band(band);
    for (std::int64_t i = 0; i < count; ++i) to[band * count + i] = gain * from[i] + offset;
  }
  return patch;
}

TrainingPatch PatchLoader::to_tensors(const AugmentSample& sample) const {
  TrainingPatch patch;
  const std::int64_t rows = sample.image.rows;
  const std::int64_t cols = sample.image.cols;
  patch.labels = torch::empty({rows, cols}, torch::kUInt8);
  std::copy(sample.labels.begin<std::uint8_t>(), sample.labels.end<std::uint8_t>(),
            patch.labels.data_ptr<std::uint8_t>());
  patch.labelled = patch.labels.ne(kIgnoreLabel).sum().item<std::int64_t>();
  patch.image = torch::empty({sample.image.channels(), rows, cols});
  for (int band = 0; band < sample.image.channels(); ++band) {
    const auto at = static_cast<std::size_t>(band);
    const nn::ModelBand& scaling = m_bands[at];
    cv::Mat plane;
    cv::extractChannel(sample.image, plane, band);
    cv::Mat target(sample.image.rows, sample.image.cols, CV_32FC1, patch.image[band].data_ptr<float>());
    plane.convertTo(target, CV_32F, m_scale / (m_gray.factor[at] * scaling.std),
                    (m_scale * m_gray.low[at] - scaling.mean) / scaling.std);
  }
  return patch;
}

BandStatistics measure_bands(const RasterSource& source, double scale, const RunContext& run) {
  return statistics_of(sums_of(source, scale, run));
}

std::vector<BandStatistics> measure_bands(const std::vector<TrainingScene>& scenes, double scale,
                                          const RunContext& run) {
  std::vector<BandStatistics> statistics;
  std::vector<Sums> seen;
  for (const TrainingScene& scene : scenes) {
    const std::vector<Sums> sums = sums_of(*scene.source, scale, run);
    statistics.push_back(statistics_of(sums));
    if (!is_seen(scene)) continue;
    seen.resize(sums.size());
    for (std::size_t band = 0; band < sums.size(); ++band) seen[band].add(sums[band]);
  }
  statistics.push_back(seen.empty() ? statistics.front() : statistics_of(seen));
  return statistics;
}

}  // namespace orthocover
