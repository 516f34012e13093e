// What the pipeline adds to the network: `segment` from file to file against the bare forward passes of the
// same patches, in one process and alternating, so that both meet the same machine. Prints one line per round
// and the medians.
//
// usage: segment_benchmark SCENE MODEL_FOLDER WORK_FOLDER [ROUNDS [DEVICE [BATCH_SIZE]]]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/process_memory.h"
#include "core/inference/segment_setup.h"
#include "core/nn/device.h"
#include "core/resampling/patch_reader.h"
#include "georef/gdal_geo_io.h"

namespace orthocover {
namespace {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// The network's input of every patch of the plan, read and resampled beforehand.
std::vector<torch::Tensor> all_inputs(const RasterSource& source, const SegmentPlan& plan,
                                      const Predictor& predictor) {
  std::vector<torch::Tensor> inputs;
  PixelBlock pixels;
  for (const LevelPlan& level : plan.levels) {
    for (std::int64_t i = 0; i < level.patches(); ++i) {
      if (read_patch(source, level.scale, level.patch(i), pixels))
        inputs.push_back(predictor.prepare(pixels));
    }
  }
  return inputs;
}

/// Forward passes of all inputs in batches, each brought to the device and its scores back, as segment has
/// it.
void forward_all(Predictor& predictor, const std::vector<torch::Tensor>& inputs, int batch_size) {
  std::vector<torch::Tensor> batch;
  const auto forward = [&] {
    if (!batch.empty()) predictor.scores(batch);
    batch.clear();
  };
  for (const torch::Tensor& input : inputs) {
    if (!batch.empty() && batch.back().sizes() != input.sizes()) forward();
    batch.push_back(input);
    if (static_cast<int>(batch.size()) >= batch_size) forward();
  }
  forward();
}

int run(const std::string& scene, const std::filesystem::path& model, const std::filesystem::path& folder,
        int rounds, const std::string& device, int batch_size) {
  const auto geo = make_gdal_geo_io();
  SegmentSettings settings;
  settings.gdal_cache_bytes = geo->limit_cache(64ULL << 20);
  nn::set_threads(0);
  nn::keep_freed_memory();
  const nn::ModelPackage package = nn::open_model_package(model);
  const auto source = geo->open_raster(scene, {});
  RunContext context;
  settings.batch_size = batch_size;
  const torch::Device place = nn::parse_device(device);
  Predictor predictor(nn::load_for_inference(package, place), place,
                      band_scaling(*source, package.manifest, "auto", context));
  SegmentSetup setup =
      set_up_segmentation(*source, source->info().window(), package.manifest, predictor, settings, context);
  setup.plan.scratch_folder = folder;
  const std::vector<torch::Tensor> inputs = all_inputs(*source, setup.plan, predictor);
  double input_px = 0;
  for (const torch::Tensor& input : inputs) input_px += static_cast<double>(input.size(2) * input.size(3));

  std::vector<double> bare;
  std::vector<double> whole;
  std::vector<double> overhead;
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(seconds_of([&] { forward_all(predictor, inputs, setup.plan.memory.batch_size); }));
    SegmentReport report;
    whole.push_back(seconds_of([&] {
      RasterSpec spec;
      spec.path = (folder / "benchmark_map.tif").string();
      spec.cols = source->info().cols;
      spec.rows = source->info().rows;
      spec.georeference = source->info().georeference;
      spec.band_descriptions = {"land cover"};
      spec.legend = package.manifest.legend;
      spec.overwrite = true;
      const auto sink = geo->create_raster(spec);
      report =
          segment_scene(*source, nullptr, predictor, setup.plan, {sink.get(), nullptr, nullptr}, context);
      sink->finish(report.counts);
      sink->commit();
    }));
    overhead.push_back(whole.back() / bare.back() - 1);
    fmt::print(
        "round {}: forward alone {:.2f} s, segment {:.2f} s (+{:.1f} %); inside segment: read {:.2f}, "
        "forward {:.2f}, "
        "blend {:.2f}, write {:.2f} s\n",
        round + 1, bare.back(), whole.back(), 100 * overhead.back(), report.read_seconds,
        report.forward_seconds, report.blend_seconds, report.write_seconds);
  }
  fmt::print(
      "median: {} patches, {:.1f} Mpx of input, {:.2f} patches/s, {:.2f} Mpx of scene/s, overhead {:.1f} %, "
      "peak {} MiB\n",
      inputs.size(), input_px / 1e6, static_cast<double>(inputs.size()) / median(whole),
      static_cast<double>(source->info().window().pixels()) / 1e6 / median(whole), 100 * median(overhead),
      peak_resident_bytes() >> 20);
  return 0;
}

}  // namespace
}  // namespace orthocover

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: segment_benchmark SCENE MODEL_FOLDER WORK_FOLDER [ROUNDS [DEVICE [BATCH_SIZE]]]\n",
               stderr);
    return 2;
  }
  try {
    return orthocover::run(argv[1], argv[2], argv[3], argc > 4 ? std::atoi(argv[4]) : 3,
                           argc > 5 ? argv[5] : "cpu", argc > 6 ? std::atoi(argv[6]) : 0);
  } catch (const orthocover::Error& error) {
    fmt::print(stderr, "segment_benchmark: {}\n", error.what());
    return error.exit_code();
  }
}
