#include "core/operations/segment_run.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "core/base/error.h"
#include "core/base/folder_lock.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/operation/run_record.h"
#include "core/operations/segment_record.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

int all_threads(const SegmentOptions& options) {
  if (options.threads > 0) return options.threads;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

SegmentRun::SegmentRun(const SegmentOptions& options, OperationContext& context)
    : m_options(options),
      m_context(context),
      m_mapping(options, context, options.probabilities.has_value()) {}

SceneOutcome SegmentRun::run(const SceneFiles& files, RunContext& progress) {
  progress.check_cancelled();
  SegmentTargets targets = targets_of(files);
  const std::unique_ptr<RasterSource> source = m_mapping.open_scene(files.input, progress);
  const RunPrint print = print_of(*source);
  const EarlierRun earlier(m_options.resume ? record_path(targets) : fs::path(), m_context.spec.name);
  if (is_done(*source, print, earlier, targets, progress)) return outcome_of(earlier);
  const nn::ModelManifest& manifest = m_mapping.manifest();
  Predictor predictor = m_mapping.predictor_for(*source, progress);
  std::unique_ptr<AreaMask> area;
  const Window region = m_mapping.region_of(source->info(), area);
  SegmentSetup setup = m_mapping.set_up(*source, region, predictor, progress);
  if (m_options.dry_run) {
    SceneOutcome outcome;
    outcome.text = describe(setup, source->info(), manifest, predictor);
    return outcome;
  }
  const MemoryGate::Grant memory = take_memory(setup.plan.memory, progress);
  const fs::path folder = fs::path(targets.map).parent_path();
  setup.plan.scratch_folder = folder.empty() ? fs::path(".") : folder;
  return write(*source, targets, print, area.get(), predictor, setup, progress);
}

int SegmentRun::jobs(std::size_t scenes) const {
  int jobs = std::min(m_options.jobs, static_cast<int>(std::min<std::size_t>(scenes, 1024)));
  const int threads = all_threads(m_options);
  if (m_mapping.device().is_cpu() && jobs > threads) {
    m_context.run.log(
        LogLevel::Info,
        fmt::format("--jobs: {} scenes at a time, as there are {} threads to share", threads, threads));
    jobs = threads;
  }
  return jobs;
}

void SegmentRun::share_threads(int job, int jobs) const {
  const int threads = all_threads(m_options);
  nn::set_threads(std::max(1, threads / jobs + (job < threads % jobs ? 1 : 0)));
}

std::vector<std::string> SegmentRun::class_names() const {
  std::vector<std::string> names;
  for (const LegendClass& entry : m_mapping.manifest().legend.classes()) names.push_back(entry.name);
  return names;
}

std::optional<std::int64_t> SegmentRun::merge_across(const std::vector<SceneRow>& scenes) const {
  std::vector<std::string> maps;
  for (const SceneRow& scene : scenes) {
    if (scene.status != SceneStatus::Failed) maps.push_back(scene.map);
  }
  if (maps.empty()) return std::nullopt;
  const std::string& path = *m_options.merge_across;
  if (maps.size() < scenes.size())
    m_context.run.log(LogLevel::Warning, fmt::format("{}: lacks {} of {} sheets, which failed", path,
                                                     scenes.size() - maps.size(), scenes.size()));
  const std::unique_ptr<ClassSource> whole = open_sheets(m_context.geo, maps, 1, {});
  VectorSpec spec;
  spec.path = path;
  spec.classes = class_entries(m_mapping.manifest().legend);
  // What an earlier run of the batch made is made anew.
  spec.overwrite = m_options.overwrite || m_options.resume;
  const auto layer = start_polygon_layer(m_context.geo, *whole, m_options, spec);
  const vectorize::VectorizeReport report =
      fill_polygon_layer(*layer, *whole, nullptr, m_options, m_options.threads, m_context.run);
  layer->commit();
  return report.features;
}

SegmentTargets SegmentRun::targets_of(const SceneFiles& files) const {
  return {*files.outputs[kMap],
          files.outputs[kConfidence],
          files.outputs[kProbabilities],
          files.outputs[kVector],
          files.outputs[kPicture],
          m_options.format,
          key_values(m_options.creation_options, "--co"),
          m_options.overwrite,
          m_options,
          m_options.threads};
}

bool SegmentRun::is_done(const RasterSource& source, const RunPrint& print, const EarlierRun& earlier,
                         SegmentTargets& targets, RunContext& progress) const {
  const std::string& scene = source.info().path;
  if (m_options.resume) {
    const std::string reason = earlier.reason_to_redo(print, targets.paths());
    if (reason.empty()) return true;
    if (!earlier.fault().empty())
      progress.log(LogLevel::Warning, earlier.fault() + "; the scene is mapped again");
    else if (earlier.exists())
      progress.log(LogLevel::Info, fmt::format("{}: is mapped again: {}", scene, reason));
  }
  check_outputs(scene, targets, earlier);
  targets.overwrite = targets.overwrite || earlier.exists();
  return false;
}

void SegmentRun::check_outputs(const std::string& input, const SegmentTargets& targets,
                               const EarlierRun& earlier) const {
  for (const std::string& output : targets.paths()) {
    if (m_context.geo.same_file(input, output)) {
      throw usage_error("{}: the output is the input; choose another name", output);
    }
    check_output_path(output, m_options.overwrite || earlier.wrote(output));
  }
}

RunPrint SegmentRun::print_of(const RasterSource& source) const {
  return print_of_run(source, m_mapping.manifest(), m_context, m_options.area);
}

MemoryGate::Grant SegmentRun::take_memory(const MemoryPlan& plan, RunContext& progress) {
  const std::uint64_t shared = plan.peak_bytes - plan.scene_bytes;
  const std::uint64_t total = m_mapping.memory_bytes() - shared;
  const std::uint64_t at_once = total / std::max<std::uint64_t>(1, plan.scene_bytes);
  if (at_once < static_cast<std::uint64_t>(m_options.jobs)) {
    std::call_once(m_told_of_memory, [&] {
      progress.log(LogLevel::Info,
                   fmt::format("--memory: {} holds {} scene{} of this size at a time",
                               format_bytes(m_mapping.memory_bytes()), at_once, at_once == 1 ? "" : "s"));
    });
  }
  return m_memory.take(plan.scene_bytes, total, progress);
}

SceneOutcome SegmentRun::write(const RasterSource& source, const SegmentTargets& targets,
                               const RunPrint& print, const AreaMask* area, Predictor& predictor,
                               const SegmentSetup& setup, RunContext& progress) {
  const RasterInfo& info = source.info();
  SegmentOutputs outputs(m_context.geo, targets, info, setup.plan.region, m_mapping.manifest());
  SubContext network_part(progress, 0, targets.vector ? 0.93 : 0.98);
  const SegmentReport report =
      segment_scene(source, area, predictor, setup.plan, outputs.sinks(), network_part);
  if (report.counts[kNoClass] == static_cast<std::uint64_t>(setup.plan.region.pixels())) {
    throw data_error("{}: no valid pixel in the mapped part; there is nothing to classify", info.path);
  }
  SubContext finishing_part(progress, targets.vector ? 0.93 : 0.98, 0.99);
  outputs.finish(source, predictor.scaling(), report.counts, finishing_part);
  progress.check_cancelled();
  // Another run may have made the same map meanwhile.
  const FolderLock lock(fs::path(targets.map).parent_path());
  for (const std::string& output : targets.paths()) check_output_path(output, targets.overwrite);
  // From here on the outputs belong to this run, even if it is killed before all have their names.
  const SegmentRecord record{info, targets, outputs, setup, report, predictor, m_mapping.manifest(), print};
  write_run_record(record_path(targets), m_context, record.facts(false));
  outputs.commit();
  SceneOutcome outcome = outcome_of(info, report.counts);
  outcome.facts = record.facts(true);
  write_run_record(record_path(targets), m_context, outcome.facts);
  progress.progress(1, info.path);
  return outcome;
}

SceneOutcome SegmentRun::outcome_of(const RasterInfo& info, const ValueCounts& counts) const {
  SceneOutcome outcome;
  for (const LegendClass& entry : m_mapping.manifest().legend.classes())
    outcome.pixels.push_back(counts[entry.value]);
  outcome.ground_size_m = info.ground_size_m;
  return outcome;
}

SceneOutcome SegmentRun::outcome_of(const EarlierRun& earlier) const {
  SceneOutcome outcome;
  outcome.skipped = true;
  outcome.facts = earlier.facts();
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json& facts = earlier.facts();
  const nlohmann::json pixels = facts.value("pixels_per_class", none);
  for (const std::string& name : class_names())
    outcome.pixels.push_back(pixels.value(name, std::uint64_t{0}));
  const nlohmann::json size = facts.value("ground_size_m", none);
  if (size.is_number()) outcome.ground_size_m = size.get<double>();
  if (m_options.dry_run) outcome.text = "done and unchanged, would be skipped\n";
  return outcome;
}

}  // namespace orthocover::operations
