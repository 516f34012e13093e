// What the pipeline adds to the network: `segment` from file to file against the bare forward passes of the
// same patches, in one process and alternating, so that both meet the same machine. Prints one line per
// round, the medians, and with --json one line of JSON that benchmark_report makes tables and pictures of.
//
// usage: segment_benchmark SCENE MODEL WORK_FOLDER [ROUNDS [DEVICE [BATCH_SIZE]]] [--OPTION VALUE]...
//   MODEL       a package, or random:ARCHITECTURE: one with random weights, which are as fast as any
//   --levels 1,2,4   --patch PX   --overlap SHARE   --threads N   --precision NAME   --memory 4GiB
//   --tiles N   also: N forward passes of 512 px of the network as loaded, what a plugin that tiles does
//   --name TEXT --json FILE   appends the figures, under a name

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/inference/scene_segmenter.h"
#include "core/inference/segment_setup.h"
#include "core/nn/device.h"
#include "core/nn/weights/tensor_map.h"
#include "core/operations/results/machine.h"
#include "core/resampling/patch_reader.h"
#include "georef/gdal_geo_io.h"

namespace orthocover {
namespace {

constexpr int kTilePx = 512;
constexpr int kClasses = 8;

struct Arguments {
  std::string scene;
  std::string model;
  std::filesystem::path folder;
  int rounds = 3;
  std::string device = "cpu";
  SegmentSettings settings;
  std::string precision = "auto";
  int tiles = 0;
  std::string name;
  std::string json;
};

std::vector<int> numbers(const std::string& text) {
  std::vector<int> all;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) all.push_back(std::stoi(part));
  return all;
}

Arguments parse(int argc, char** argv) {
  Arguments out;
  out.settings.memory_bytes = 0;  // as segment without --memory
  const std::map<std::string, std::function<void(const std::string&)>> options = {
      {"--levels", [&](const std::string& v) { out.settings.levels = numbers(v); }},
      {"--patch", [&](const std::string& v) { out.settings.patch_size_px = std::stoi(v); }},
      {"--overlap", [&](const std::string& v) { out.settings.overlap = std::stod(v); }},
      {"--threads", [&](const std::string& v) { out.settings.threads = std::stoi(v); }},
      {"--memory", [&](const std::string& v) { out.settings.memory_bytes = parse_bytes(v, "--memory"); }},
      {"--precision", [&](const std::string& v) { out.precision = v; }},
      {"--tiles", [&](const std::string& v) { out.tiles = std::stoi(v); }},
      {"--name", [&](const std::string& v) { out.name = v; }},
      {"--json", [&](const std::string& v) { out.json = v; }},
  };
  std::vector<std::string> given;
  for (int i = 1; i < argc; ++i) {
    const auto option = options.find(argv[i]);
    if (option == options.end()) {
      given.emplace_back(argv[i]);
      continue;
    }
    if (++i == argc) throw usage_error("{} wants a value", option->first);
    option->second(argv[i]);
  }
  if (given.size() < 3)
    throw usage_error("SCENE MODEL WORK_FOLDER [ROUNDS [DEVICE [BATCH_SIZE]]] [--OPTION VALUE]...");
  out.scene = given[0];
  out.model = given[1];
  out.folder = given[2];
  if (given.size() > 3) out.rounds = std::stoi(given[3]);
  if (given.size() > 4) out.device = given[4];
  if (given.size() > 5) out.settings.batch_size = std::stoi(given[5]);
  return out;
}

/// Time by the clock, and of all processors together.
struct Spent {
  double seconds = 0;
  double processor_seconds = 0;
};

Spent time_of(const std::function<void()>& work) {
  const std::clock_t processor = std::clock();
  const auto start = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A package with the weights that the network starts with.
nn::ModelPackage random_package(const std::string& architecture, const std::filesystem::path& folder) {
  nn::ModelManifest manifest;
  manifest.name = architecture;
  manifest.architecture = architecture;
  manifest.bands = {{"red", 0.5, 0.25}, {"green", 0.5, 0.25}, {"blue", 0.5, 0.25}};
  manifest.patch_size_px = kTilePx;
  manifest.ground_size_m = 0.075;
  manifest.levels = {{1, 0.5, 1}, {2, 0.3, 1}, {4, 0.2, 1}};
  manifest.legend = Legend::numbered(kClasses);
  torch::manual_seed(1);
  const auto network = nn::make_network(architecture, manifest.network());
  const std::filesystem::path place = folder / architecture;
  nn::save_model_package(place, manifest, nn::state_of(*network), false, true);
  return nn::open_model_package(place);
}

nn::ModelPackage open_package(const std::string& model, const std::filesystem::path& folder) {
  constexpr std::string_view kRandom = "random:";
  if (model.starts_with(kRandom)) return random_package(model.substr(kRandom.size()), folder);
  return nn::open_model_package(model);
}

void wait_for(const torch::Device& device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

/// The network's input of every patch of the plan, read and resampled beforehand and on the device already.
std::vector<torch::Tensor> all_inputs(const RasterSource& source, const SegmentPlan& plan,
                                      const Predictor& predictor) {
  std::vector<torch::Tensor> inputs;
  for (const LevelPlan& level : plan.levels) {
    for (std::int64_t i = 0; i < level.patches(); ++i) {
      const auto pixels = std::make_shared<PixelBlock>();
      if (read_patch(source, level.scale, level.patch(i), *pixels))
        inputs.push_back(predictor.prepare(pixels).to(predictor.device()));
    }
  }
  return inputs;
}

/// Forward passes of all inputs in batches; their scores stay on the device.
void forward_all(Predictor& predictor, const std::vector<torch::Tensor>& inputs, int batch_size) {
  std::vector<torch::Tensor> batch;
  const auto forward = [&] {
    if (!batch.empty()) predictor.scores_on_device(batch);
    batch.clear();
  };
  for (const torch::Tensor& input : inputs) {
    if (!batch.empty() && batch.back().sizes() != input.sizes()) forward();
    batch.push_back(input);
    if (static_cast<int>(batch.size()) >= batch_size) forward();
  }
  forward();
  wait_for(predictor.device());
}

/// Seconds of a forward pass of one tile by the network as loaded.
double tile_seconds(const nn::ModelPackage& package, const torch::Device& device) {
  const auto network = nn::load_network(package);
  network->to(device);
  const nn::InferenceScope scope;
  const torch::Tensor tile =
      torch::rand({1, static_cast<std::int64_t>(package.manifest.bands.size()), kTilePx, kTilePx},
                  torch::TensorOptions(device));
  std::vector<double> seconds;
  for (int i = 0; i < 6; ++i) {
    seconds.push_back(time_of([&] {
                        network->forward(tile);
                        wait_for(device);
                      }).seconds);
  }
  seconds.erase(seconds.begin());
  return median(seconds);
}

struct Round {
  Spent bare;
  Spent whole;
  Spent finishing;  ///< overviews, attribute table and closing, after the last block
  SegmentReport report;
};

Round run_round(GeoIo& geo, const std::string& scene, Predictor& predictor, const SegmentPlan& plan,
                const std::vector<torch::Tensor>& inputs, const std::filesystem::path& map) {
  Round round;
  RunContext context;
  round.bare = time_of([&] { forward_all(predictor, inputs, plan.memory.batch_size); });
  round.whole = time_of([&] {
    // Anew: handles that rest and blocks in GDAL's cache would make a round cheaper than a scene.
    const auto source = geo.open_raster(scene, {});
    RasterSpec spec;
    spec.path = map.string();
    spec.cols = source->info().cols;
    spec.rows = source->info().rows;
    spec.georeference = source->info().georeference;
    spec.band_descriptions = {"land cover"};
    spec.legend = plan.legend;
    spec.overwrite = true;
    spec.finishing_threads = at::get_num_threads();
    if (!predictor.device().is_cpu())
      spec.writing_threads = std::min(10, spec.finishing_threads);  // as segment
    const auto sink = geo.create_raster(spec);
    round.report = segment_scene(*source, nullptr, predictor, plan, {sink.get(), nullptr, nullptr}, context);
    round.finishing = time_of([&] {
      sink->finish(round.report.counts);
      sink->commit();
    });
  });
  const SegmentReport& report = round.report;
  fmt::print(
      "forward alone {:.3f} s, segment {:.3f} s, share {:.1f} %; inside segment: read {:.3f}, forward "
      "{:.3f}, blend {:.3f}, write {:.3f}, finish {:.3f} s; processors: {:.3f} and {:.3f} s\n",
      round.bare.seconds, round.whole.seconds, 100 * round.bare.seconds / round.whole.seconds,
      report.read_seconds, report.forward_seconds, report.blend_seconds, report.write_seconds,
      round.finishing.seconds, round.bare.processor_seconds, round.whole.processor_seconds);
  return round;
}

double median_of(const std::vector<Round>& rounds, const std::function<double(const Round&)>& value) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  return median(values);
}

nlohmann::json figures(const Arguments& arguments, const SegmentSetup& setup, const Predictor& predictor,
                       const RasterInfo& info, const std::vector<Round>& rounds) {
  const double scene_mpx = static_cast<double>(info.window().pixels()) / 1e6;
  double input_px = 0;
  nlohmann::json levels = nlohmann::json::array();
  for (const LevelPlan& level : setup.plan.levels) {
    input_px += static_cast<double>(level.cost_px());
    levels.push_back(level.level);
  }
  const double whole = median_of(rounds, [](const Round& r) { return r.whole.seconds; });
  nlohmann::json out = {
      {"name", arguments.name.empty() ? arguments.model : arguments.name},
      {"levels", levels},
      {"device", predictor.device().str()},
      {"threads", at::get_num_threads()},
      {"precision", arguments.precision},
      {"batch_size", setup.plan.memory.batch_size},
      {"cols", info.cols},
      {"rows", info.rows},
      {"input_mpx", input_px / 1e6},
      {"bare_s", median_of(rounds, [](const Round& r) { return r.bare.seconds; })},
      {"segment_s", whole},
      {"share", median_of(rounds, [](const Round& r) { return r.bare.seconds / r.whole.seconds; })},
      {"read_s", median_of(rounds, [](const Round& r) { return r.report.read_seconds; })},
      {"forward_s", median_of(rounds, [](const Round& r) { return r.report.forward_seconds; })},
      {"blend_s", median_of(rounds, [](const Round& r) { return r.report.blend_seconds; })},
      {"write_s", median_of(rounds, [](const Round& r) { return r.report.write_seconds; })},
      {"bare_processor_s", median_of(rounds, [](const Round& r) { return r.bare.processor_seconds; })},
      {"segment_processor_s", median_of(rounds, [](const Round& r) { return r.whole.processor_seconds; })},
      {"finish_s", median_of(rounds, [](const Round& r) { return r.finishing.seconds; })},
      {"mpx_per_minute", 60 * scene_mpx / whole},
      {"peak_mib", peak_resident_bytes() >> 20},
  };
  if (info.ground_size_m)
    out["hectares_per_minute"] = 60 * scene_mpx * 100 * *info.ground_size_m * *info.ground_size_m / whole;
  return out;
}

int run(Arguments arguments) {
  const auto geo = make_gdal_geo_io();
  SegmentSettings& settings = arguments.settings;
  settings.gdal_cache_bytes = geo->limit_cache(64ULL << 20);
  // As the program does before it loads LibTorch.
  setenv("OMP_NUM_THREADS", std::to_string(settings.threads > 0 ? settings.threads : usable_cores()).c_str(),
         0);
  use_threads(settings.threads);
  nn::keep_freed_memory();
  const nn::ModelPackage package = open_package(arguments.model, arguments.folder);
  const auto source = geo->open_raster(arguments.scene, {});
  RunContext context;
  const torch::Device device = nn::parse_device(arguments.device);
  if (settings.memory_bytes == 0)
    settings.memory_bytes = usual_memory(device, memory_facts().available_bytes);
  nn::set_rounding(arguments.precision);
  const double tile = arguments.tiles > 0 ? tile_seconds(package, device) : 0;
  Predictor predictor(
      nn::load_for_inference(package, device, nn::inference_type(arguments.precision, device)), device,
      band_scaling(*source, package.manifest, "auto", context, at::get_num_threads()));
  SegmentSetup setup =
      set_up_segmentation(*source, source->info().window(), package.manifest, predictor, settings, context);
  setup.plan.scratch_folder = arguments.folder;
  const std::vector<torch::Tensor> inputs = all_inputs(*source, setup.plan, predictor);
  const std::filesystem::path map = arguments.folder / "benchmark_map.tif";
  std::vector<Round> rounds;
  for (int i = 0; i < arguments.rounds; ++i)
    rounds.push_back(run_round(*geo, arguments.scene, predictor, setup.plan, inputs, map));
  nlohmann::json out = figures(arguments, setup, predictor, source->info(), rounds);
  if (arguments.tiles > 0) {
    out["tile_s"] = tile;
    out["tiles"] = arguments.tiles;
    out["of_tiles"] = out["segment_s"].get<double>() / (tile * arguments.tiles);
  }
  fmt::print("median: {} patches in batches of {}, {} readers, {} MiB of tiles; {}\n", inputs.size(),
             setup.plan.memory.batch_size, setup.plan.memory.reading_threads,
             setup.plan.memory.tile_bytes >> 20, out.dump());
  if (!arguments.json.empty()) std::ofstream(arguments.json, std::ios::app) << out.dump() << '\n';
  return 0;
}

}  // namespace
}  // namespace orthocover

int main(int argc, char** argv) {
  try {
    return orthocover::run(orthocover::parse(argc, argv));
  } catch (const orthocover::Error& error) {
    fmt::print(stderr, "segment_benchmark: {}\n", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "segment_benchmark: {}\n", error.what());
    return 2;
  }
}
