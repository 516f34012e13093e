// What training patches cost: drawing places, reading pixels, reading labels, varying, and whole batches, in
// patches per second of one thread; then batches by several threads, as training takes them. No network.
//
// usage: loader_benchmark DATA.json [PATCH_PX [LEVELS [PATCHES [THREADS [MEMORY_MIB [each]]]]]]
//   LEVELS such as 1,2,4; MEMORY_MIB 0 reads everything from the files; "each" times every transform of the
//   pipeline by itself, too.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <sstream>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/nn/device.h"
#include "core/operations/training/training_set.h"
#include "core/resampling/patch_reader.h"
#include "core/training/batch_queue.h"
#include "georef/gdal_geo_io.h"

namespace orthocover {
namespace {

constexpr std::uint64_t kGdalCacheBytes = 512ULL << 20;
constexpr int kBatch = 32;

/// Processor time of all threads, which others on the machine disturb less than the clock on the wall.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<int> numbers(const std::string& text) {
  std::vector<int> list;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) list.push_back(std::atoi(part.c_str()));
  return list;
}

double median_ground_size(const std::vector<TrainingScene>& scenes) {
  std::vector<double> sizes;
  for (const TrainingScene& scene : scenes) sizes.push_back(scene.ground_size_m);
  std::ranges::sort(sizes);
  return sizes[sizes.size() / 2];
}

struct Settings {
  std::string data;
  int patch_px = 256;
  std::vector<int> levels = {1, 2, 4};
  int patches = 2000;
  int threads = 1;
  std::uint64_t memory_mib = 4096;
  bool each = false;
};

/// One stage over the same patches again.
/// @param patches_a_call of each call of `work`
void time_stage(const std::string& name, int patches, const std::function<void(std::uint64_t)>& work,
                int patches_a_call = 1) {
  const double processor = processor_seconds();
  const double wall = wall_seconds();
  for (int i = 0; i < patches / patches_a_call; ++i) work(static_cast<std::uint64_t>(i));
  const double each = (processor_seconds() - processor) / patches;
  fmt::print("{:<34} {:>8.3f} ms of processor time, {:>7.0f} patches/s a core, {:>7.0f} by the clock\n", name,
             1000 * each, 1 / each, patches / (wall_seconds() - wall));
  std::fflush(stdout);
}

class Benchmark {
 public:
  explicit Benchmark(const Settings& settings) : m_settings(settings), m_geo(make_gdal_geo_io()) {
    m_geo->limit_cache(kGdalCacheBytes);
    nn::set_threads(1);
    nn::keep_freed_memory();
    m_config = read_training_config(settings.data);
    RunContext context;
    const auto memory =
        settings.memory_mib > 0 ? std::make_shared<ByteBudget>(settings.memory_mib << 20) : nullptr;
    m_set = operations::open_training_set(m_config, true, *m_geo, context, memory);
    m_bands.resize(m_set.scenes.front().source->info().bands.size(), {"band", 0.45, 0.25});
    if (m_bands.size() >= 3) m_bands[0].name = "red", m_bands[1].name = "green", m_bands[2].name = "blue";
    m_statistics = measure_bands(m_set.scenes, kScale);
  }

  void run() const {
    const PatchSampler sampler(m_set.scenes, sampling());
    const PatchLoader plain(m_set.scenes, m_bands, kScale, m_statistics, std::nullopt);
    const PatchLoader empty(m_set.scenes, m_bands, kScale, m_statistics, AugmentationPipeline());
    const PatchLoader varied(m_set.scenes, m_bands, kScale, m_statistics, pipeline());
    const auto scene = [&](const PatchRequest& request) -> const TrainingScene& {
      return m_set.scenes[request.scene];
    };
    time_stage("first pass, plain", m_settings.patches,
               [&](std::uint64_t i) { plain.load(sampler.request(i)); });
    time_stage("drawing places", m_settings.patches, [&](std::uint64_t i) { sampler.request(i); });
    time_stage("pixels", m_settings.patches, [&](std::uint64_t i) {
      const PatchRequest request = sampler.request(i);
      PixelBlock pixels;
      read_patch(*scene(request).source, request.scale, request.window, pixels);
    });
    time_stage("labels", m_settings.patches, [&](std::uint64_t i) {
      const PatchRequest request = sampler.request(i);
      std::vector<std::uint8_t> labels;
      read_patch_labels(*scene(request).labels, request.scale, request.window, labels);
    });
    time_stage("patches, plain", m_settings.patches,
               [&](std::uint64_t i) { plain.load(sampler.request(i)); });
    time_stage("patches, no transforms", m_settings.patches,
               [&](std::uint64_t i) { empty.load(sampler.request(i)); });
    time_stage("patches, varied", m_settings.patches,
               [&](std::uint64_t i) { varied.load(sampler.request(i), sampler.request(i + (1ULL << 60))); });
    if (m_settings.each) time_transforms(sampler);
    BatchQueue queue(sampler, varied, kBatch, 0, m_settings.threads);
    time_stage(
        fmt::format("batches, varied, {} threads", m_settings.threads), m_settings.patches,
        [&](std::uint64_t) { queue.next(); }, kBatch);
    fmt::print("peak memory {} MiB\n", peak_resident_bytes() >> 20);
  }

 private:
  static constexpr double kScale = 1.0 / 255;

  AugmentationPipeline pipeline() const {
    return m_config.augmentation.is_null()
               ? AugmentationPipeline::nadir_default()
               : AugmentationPipeline::from_json(m_config.augmentation, m_settings.data);
  }

  SamplingOptions sampling() const {
    SamplingOptions options;
    options.classes = m_set.groups.labels();
    options.levels = m_settings.levels;
    options.level_shares.clear();
    for (const int level : options.levels) options.level_shares.push_back(1 / std::sqrt(level));
    options.ground_size_m = median_ground_size(m_set.scenes);
    options.patch_px = m_settings.patch_px;
    return options;
  }

  void time_transforms(const PatchSampler& sampler) const {
    for (const auto& step : m_config.augmentation.value("transforms", nlohmann::json::array())) {
      nlohmann::json always = step;
      always["p"] = 1;
      const PatchLoader loader(m_set.scenes, m_bands, kScale, m_statistics,
                               AugmentationPipeline::from_json(
                                   {{"transforms", nlohmann::json::array({always})}}, m_settings.data));
      time_stage(fmt::format("  with {} always", step.at("name").get<std::string>()), m_settings.patches / 2,
                 [&](std::uint64_t i) { loader.load(sampler.request(i)); });
    }
  }

  Settings m_settings;
  std::unique_ptr<GeoIo> m_geo;
  TrainingConfig m_config;
  operations::TrainingSet m_set;
  std::vector<nn::ModelBand> m_bands;
  std::vector<BandStatistics> m_statistics;
};

}  // namespace
}  // namespace orthocover

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(
        "usage: loader_benchmark DATA.json [PATCH_PX [LEVELS [PATCHES [THREADS [MEMORY_MIB [each]]]]]]\n",
        stderr);
    return 2;
  }
  try {
    orthocover::Settings settings;
    settings.data = argv[1];
    if (argc > 2) settings.patch_px = std::atoi(argv[2]);
    if (argc > 3) settings.levels = orthocover::numbers(argv[3]);
    if (argc > 4) settings.patches = std::atoi(argv[4]);
    if (argc > 5) settings.threads = std::atoi(argv[5]);
    if (argc > 6) settings.memory_mib = std::strtoull(argv[6], nullptr, 10);
    settings.each = argc > 7;
    orthocover::Benchmark(settings).run();
    return 0;
  } catch (const orthocover::Error& error) {
    fmt::print(stderr, "loader_benchmark: {}\n", error.what());
    return error.exit_code();
  }
}
