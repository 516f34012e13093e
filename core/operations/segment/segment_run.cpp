#include "core/operations/segment/segment_run.h"

#include <algorithm>
#include <exception>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/folder_lock.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/geometry/schedule.h"
#include "core/operation/run_record.h"
#include "core/operations/segment/part_set.h"
#include "core/operations/segment/segment_record.h"
#include "core/operations/segment/shard_files.h"
#include "core/ports/unreadable_pixels.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

/// What stops a run tells how to go on, by its journal.
template <class Make>
SceneOutcome with_cure(SceneJournal* journal, const Make& make) {
  try {
    return make();
  } catch (const UnreadablePixels& error) {
    const std::string cure = fmt::format("{}; --on-read-error nodata maps the rest", error.what());
    std::throw_with_nested(
        Error(ErrorKind::Data, journal != nullptr ? journal->with_way_to_go_on(cure) : cure));
  } catch (const EmptyScene&) {
    if (journal != nullptr) journal->finish();
    throw;
  } catch (const Error& error) {
    const bool may_go_on = error.kind() == ErrorKind::Cancelled || error.kind() == ErrorKind::Resource;
    if (journal == nullptr || !may_go_on) throw;
    throw Error(error.kind(), journal->with_way_to_go_on(error.what()));
  }
}

SceneOutcome described(const PreparedScene& scene, const nn::ModelManifest& model) {
  SceneOutcome outcome;
  outcome.text = describe(scene.setup, scene.source->info(), scene.area.get(), model, *scene.predictor);
  return outcome;
}

void remove_files(const std::vector<std::string>& paths) {
  std::error_code ignored;
  for (const std::string& path : paths) fs::remove(path, ignored);
}

/// Tells which outputs an earlier run of the scene made, and checks the others.
void claim(const EarlierRun& earlier, SegmentTargets& targets) {
  for (const std::string& output : targets.paths()) {
    if (earlier.wrote(output)) targets.own.insert(output);
    check_output_path(output, targets.may_replace(output));
  }
}

/// Of a run that maps one scene of a batch alone. The word for a format stays, as it fits other scenes.
nlohmann::json options_of_scene(const OperationContext& batch, const std::string& scene,
                                const SegmentTargets& targets) {
  nlohmann::json own = batch.options;
  own.update({{"input", nlohmann::json::array({scene})}, {"output", targets.map}});
  for (const ExtraOutput& extra : kExtraOutputs) {
    nlohmann::json& value = own.at(extra.option);
    const auto& file = targets.*extra.file;
    if (file && extension_of_word(value.get<std::string>(), extra.extensions()).empty()) value = *file;
  }
  own["merge_across"] = own["shard"] = own["summary"] = nullptr;
  reset_unused_polygon_options(own, batch.spec);
  return own;
}

}  // namespace

SegmentRun::SegmentRun(const SegmentOptions& options, SegmentSource source, OperationContext& context)
    : m_options(options),
      m_source(std::move(source)),
      m_context(context),
      m_area_digest(options.area ? std::optional(context.geo.area_digest(*options.area)) : std::nullopt),
      m_mapping(options, context, options.probabilities.has_value(), options.jobs) {}

void SegmentRun::open(const SceneFiles& files, PreparedScene& scene, RunContext& progress) const {
  scene.targets = targets_of(files);
  scene.source = m_mapping.open_scene(files.input, folder_of(scene.targets.map), progress);
  if (m_options.on_read_error == "nodata") {
    auto tolerant = std::make_unique<TolerantSource>(std::move(scene.source), progress);
    scene.tolerant = tolerant.get();
    scene.source = std::move(tolerant);
  }
  scene.print = print_of_run(*scene.source, m_mapping.manifest(), m_context, m_area_digest);
}

void SegmentRun::set_up(PreparedScene& scene, RunContext& progress) {
  scene.predictor = std::make_unique<Predictor>(m_mapping.predictor_for(*scene.source, progress));
  const Window region = m_mapping.region_of(scene.source->info(), scene.area);
  scene.setup = m_mapping.set_up(*scene.source, region, *scene.predictor, progress);
  if (scene.tolerant != nullptr)
    scene.setup.plan.unreadable = [source = scene.tolerant] { return source->unreadable(); };
  scene.setup.plan.scratch_folder = folder_of(scene.targets.map);
}

PreparedScene SegmentRun::prepare(const SceneFiles& files, RunContext& progress) {
  PreparedScene scene;
  open(files, scene, progress);
  set_up(scene, progress);
  return scene;
}

SceneOutcome SegmentRun::run(const SceneFiles& files, RunContext& progress) {
  try {
    return with_cure(nullptr, [&] { return map(files, progress); });
  } catch (const EmptyScene&) {
    const std::string& earlier = *files.outputs.front();
    if (!m_source.is_block_shard() && fs::exists(earlier))
      progress.log(LogLevel::Warning,
                   earlier + ": is the map of an earlier scene, and stays, with what belongs to it");
    throw;
  }
}

SceneOutcome SegmentRun::map(const SceneFiles& files, RunContext& progress) {
  progress.check_cancelled();
  PreparedScene scene;
  open(files, scene, progress);
  if (m_source.is_block_shard()) {
    set_up(scene, progress);
    return m_options.dry_run ? described(scene, m_mapping.manifest()) : make_shard(scene, progress);
  }
  const bool looks_back = m_options.resume || m_source.merge;
  const EarlierRun earlier(looks_back ? record_path(scene.targets) : fs::path(), m_context.spec.name);
  if (is_done(scene, earlier, progress)) {
    // Of a run that was killed after its last step; not of one at work.
    if (!m_options.dry_run) PartWriter::remove_unused(journal_path(scene.targets.map));
    if (m_source.remove_parts) remove_files(parts_of(scene.targets));
    return outcome_of(earlier, files.input);
  }
  claim(earlier, scene.targets);
  set_up(scene, progress);
  if (m_options.dry_run) {
    SegmentOutputs(m_context.geo, scene.targets, scene.source->info(), scene.setup.plan.region,
                   m_mapping.manifest(), progress);  // refuses
    return described(scene, m_mapping.manifest());
  }
  return m_source.merge ? merge(scene, progress) : make(scene, progress);
}

int SegmentRun::jobs(std::size_t scenes) const {
  int jobs = std::min(m_options.jobs, static_cast<int>(std::min<std::size_t>(scenes, 1024)));
  const int threads = threads_or_all(m_options.threads);
  if (m_mapping.device().is_cpu() && jobs > threads) {
    m_context.run.log(
        LogLevel::Info,
        fmt::format("--jobs: {} scenes at a time, as there are {} threads to share", threads, threads));
    jobs = threads;
  }
  return jobs;
}

void SegmentRun::share_threads(int job, int jobs) const {
  const int threads = threads_or_all(m_options.threads);
  use_threads(std::max(1, threads / jobs + (job < threads % jobs ? 1 : 0)));
}

SegmentTargets SegmentRun::targets_of(const SceneFiles& files) const {
  return {extras_of(files),
          *files.outputs.front(),
          m_options.format,
          key_values(m_options.creation_options, "--co"),
          m_options.overwrite,
          {},
          m_options,
          m_options.threads,
          !m_mapping.device().is_cpu()};
}

bool SegmentRun::is_done(const PreparedScene& scene, const EarlierRun& earlier, RunContext& progress) const {
  const std::string& path = scene.source->info().path;
  const bool is_whole = m_source.merge && (!m_options.overwrite || parts_of(scene.targets).empty());
  if (m_options.resume && !m_options.overwrite) refuse_other_scene(earlier, scene.print, scene.targets.map);
  if (!m_options.resume && !is_whole) return false;
  const std::string reason = earlier.reason_to_redo(scene.print, scene.targets.paths());
  if (reason.empty()) return true;
  if (!earlier.fault().empty())
    progress.log(LogLevel::Warning, earlier.fault() + "; it counts for nothing");
  else if (earlier.exists())
    progress.log(LogLevel::Info,
                 fmt::format("{}: is {} again: {}", path, m_source.merge ? "merged" : "mapped", reason));
  if (const std::vector<std::string> left = earlier.left_by(scene.targets.paths()); !left.empty())
    progress.log(LogLevel::Warning, fmt::format("{}: {} of the earlier run stay{} as before; remove what the "
                                                "new map does not fit",
                                                path, join(left), left.size() == 1 ? "s" : ""));
  return false;
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

PartHeader SegmentRun::header_of(const PreparedScene& scene) const {
  PartHeader header;
  header.key = part_key_of(*scene.source, scene.print, m_context, m_area_digest);
  header.region = scene.setup.plan.region;
  header.block_px = RasterSink::kBlockPx;
  header.confidence = m_options.confidence.has_value();
  header.probabilities = m_options.probabilities ? m_mapping.manifest().legend.size() : 0;
  if (m_source.is_block_shard()) header.shard = m_source.shard;
  return header;
}

SceneOutcome SegmentRun::make(PreparedScene& scene, RunContext& progress) {
  const auto memory = take_memory(scene.setup.plan.memory, progress);
  const fs::path path = journal_path(scene.targets.map);
  std::unique_ptr<SceneJournal> journal;
  if (m_options.journal > 0 || (m_options.resume && fs::exists(path)))
    journal = std::make_unique<SceneJournal>(path, header_of(scene), m_context.spec, policy(), progress);
  const MakeBlocks make_blocks = [&](const SegmentSinks& sinks, RunContext& part) {
    if (journal)
      return journal->segment(*scene.source, scene.area.get(), *scene.predictor, scene.setup.plan, sinks,
                              part);
    return segment_scene(*scene.source, scene.area.get(), *scene.predictor, scene.setup.plan, sinks, part);
  };
  return with_cure(journal.get(), [&] {
    SceneOutcome outcome = write(scene, make_blocks, progress);
    if (journal)
      journal->finish();
    else
      PartWriter::remove_unused(path);  // of an earlier run
    return outcome;
  });
}

SceneOutcome SegmentRun::make_shard(PreparedScene& scene, RunContext& progress) {
  const auto memory = take_memory(scene.setup.plan.memory, progress);
  const fs::path target = shard_path(scene.targets.map, m_source.shard);
  const PartHeader header = header_of(scene);
  SceneOutcome outcome;
  if (fs::exists(target) && m_options.resume) {
    const PartReader earlier = PartReader::open(target.string());
    const bool fits = earlier.complete() && difference(earlier, header, m_context.spec).empty();
    outcome.skipped = fits;
    if (fits) return outcome;
    progress.log(LogLevel::Info, target.string() + ": is made again: it is of another run");
  }
  check_output_path(target, m_options.overwrite || m_options.resume);
  SegmentPlan plan = scene.setup.plan;
  const std::vector<Window> own = blocks_of_shard(plan, scene.area.get(), m_source.shard);
  plan.wanted = one_of(own);
  JournalPolicy policy = this->policy();
  if (policy.pace_s <= 0) policy.pace_s = 3600;
  SceneJournal journal(journal_path(target.string()), header, m_context.spec, policy, progress);
  return with_cure(&journal, [&] {
    const SegmentReport report =
        journal.segment(*scene.source, scene.area.get(), *scene.predictor, plan, {}, progress);
    journal.complete(target);
    outcome.pixels = pixels_per_class(report.counts);
    const nlohmann::json unreadable = unreadable_facts(report, window_around(own, plan.region));
    if (!unreadable.is_null()) {
      progress.log(LogLevel::Warning, unreadable_warning(scene.source->info().path, unreadable));
      outcome.facts = {{"unreadable", unreadable}};
    }
    progress.log(LogLevel::Info, fmt::format("{}: {} blocks", target.string(), own.size()));
    return outcome;
  });
}

SceneOutcome SegmentRun::merge(PreparedScene& scene, RunContext& progress) {
  const std::vector<std::string> paths = parts_of(scene.targets);
  nlohmann::json values = m_context.options;
  reset_unused_polygon_options(values, m_context.spec);
  PartSet parts(scene.targets.map, paths, header_of(scene), m_context.spec, values, m_context.geo);
  const SegmentPlan& plan = scene.setup.plan;
  const Schedule schedule =
      make_schedule(plan.levels, scene.predictor->score_stride(), plan.region, RasterSink::kBlockPx);
  SceneOutcome outcome = write(
      scene, [&](const SegmentSinks& sinks, RunContext& part) { return parts.feed(schedule, sinks, part); },
      progress);
  if (m_source.remove_parts) remove_files(paths);
  return outcome;
}

std::vector<std::string> SegmentRun::parts_of(const SegmentTargets& targets) const {
  return m_source.parts.empty() ? find_shards(targets.map) : m_source.parts;
}

SceneOutcome SegmentRun::write(const PreparedScene& scene, const MakeBlocks& make_blocks,
                               RunContext& progress) {
  const SegmentTargets& targets = scene.targets;
  const SegmentSetup& setup = scene.setup;
  const RasterInfo& info = scene.source->info();
  SegmentOutputs outputs(m_context.geo, targets, info, setup.plan.region, m_mapping.manifest(), progress);
  SubContext network_part(progress, 0, targets.vector ? 0.93 : 0.98);
  const SegmentReport report = make_blocks(outputs.sinks(), network_part);
  if (report.counts[kNoClass] == static_cast<std::uint64_t>(setup.plan.region.pixels())) {
    throw EmptyScene(info.path, m_options.area || !m_options.projwin.empty() ? " in the mapped part" : "");
  }
  SubContext finishing_part(progress, targets.vector ? 0.93 : 0.98, 0.99);
  outputs.finish(*scene.source, scene.predictor->scaling(), report.counts, finishing_part);
  progress.check_cancelled();
  const FolderLock lock(folder_of(targets.map), progress);
  const SegmentRecord record{
      info, targets, outputs, setup, report, *scene.predictor, m_mapping.manifest(), scene.print};
  const nlohmann::json options =
      m_source.many ? options_of_scene(m_context, info.path, targets) : m_context.options;
  const OperationContext own{m_context.run, m_context.geo, m_context.models, m_context.spec, options};
  SceneOutcome outcome;
  outcome.pixels = pixels_per_class(report.counts);
  outcome.area_m2 = outputs.area_m2_per_class();
  outcome.facts = commit_recorded(
      record_path(targets), own, [&](CommitSteps& steps) { outputs.add_to(steps); },
      [&](bool complete) { return record.facts(complete); });
  if (outcome.facts.contains("unreadable"))
    progress.log(LogLevel::Warning, unreadable_warning(info.path, outcome.facts.at("unreadable")));
  progress.progress(1, info.path);
  return outcome;
}

std::vector<std::uint64_t> SegmentRun::pixels_per_class(const ValueCounts& counts) const {
  std::vector<std::uint64_t> pixels;
  for (const LegendClass& entry : legend().classes()) pixels.push_back(counts[entry.value]);
  return pixels;
}

SceneOutcome SegmentRun::outcome_of(const EarlierRun& earlier, const std::string& scene) const {
  SceneOutcome outcome;
  outcome.skipped = true;
  outcome.facts = earlier.facts();
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json pixels = outcome.facts.value("pixels_per_class", none);
  const nlohmann::json areas = outcome.facts.value("area_m2_per_class", none);
  for (const std::string& name : legend().names()) {
    outcome.pixels.push_back(pixels.value(name, std::uint64_t{0}));
    if (!areas.empty()) outcome.area_m2.push_back(areas.value(name, 0.0));
  }
  if (m_options.dry_run) outcome.text = scene + ": done and unchanged, would be skipped\n";
  return outcome;
}

}  // namespace orthocover::operations
