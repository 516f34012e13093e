#include "core/operations/segment/segment_call.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <mutex>
#include <numeric>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/operations/batch/input_guard.h"
#include "core/operations/batch/output_extensions.h"
#include "core/operations/batch/output_folders.h"
#include "core/operations/batch/resume_check.h"
#include "core/operations/batch/scene_batch.h"
#include "core/operations/results/polygon_options.h"
#include "core/operations/results/report_entries.h"
#include "core/operations/segment/merged_layer.h"
#include "core/operations/segment/segment_report.h"
#include "core/operations/segment/shard_files.h"

namespace orthocover::operations {
namespace {

using Options = SegmentOptions;

std::string option_name(const ExtraOutput& extra) {
  return fmt::format("--{}", extra.option);
}

/// As extras_of() takes them.
std::vector<OutputKind> output_kinds(const Options& options) {
  std::vector<OutputKind> kinds = {{"OUTPUT", options.output, "", raster_extensions()}};
  for (const ExtraOutput& extra : kExtraOutputs)
    kinds.push_back({option_name(extra), options.*extra.file, extra.suffix, extra.extensions()});
  return kinds;
}

/// Where the summary goes; nothing when there is none.
std::optional<std::string> summary_file(const Options& options, const ShardNumber& shard, bool many) {
  if (options.summary) check_extension("--summary", *options.summary, {".csv"});
  // Of a part of a map nothing is known that a table could say of the scene: that is for merge.
  if (options.dry_run || (!many && !shard.is_whole())) return std::nullopt;
  std::optional<std::string> file = options.summary;
  if (!file && many) {
    const std::string name =
        shard.is_whole() ? "batch.csv" : fmt::format("batch.shard-{}-of-{}.csv", shard.index, shard.count);
    file = (std::filesystem::path(options.output) / name).string();
  }
  if (file) check_batch_csv(*file, options.overwrite);
  return file;
}

/// @param more outputs of the whole run
std::vector<std::string> all_outputs(const std::vector<SceneFiles>& scenes,
                                     std::initializer_list<std::optional<std::string>> more) {
  std::vector<std::string> outputs;
  const auto add = [&](const auto& wanted) {
    for (const std::optional<std::string>& output : wanted) {
      if (output) outputs.push_back(*output);
    }
  };
  add(more);
  for (const SceneFiles& scene : scenes) add(scene.outputs);
  return outputs;
}

/// Before anything is written: what an output of one scene replaces may belong to another one.
void check_targets(const std::vector<std::string>& outputs, const OperationContext& context) {
  InputGuard guard(context.spec, context.options, context.geo);
  for (const std::string& output : outputs) guard.check(output);
}

/// Shares of the classes, largest first.
std::string shares_of(const std::vector<std::uint64_t>& pixels, const std::vector<std::string>& names) {
  const auto all = static_cast<double>(std::reduce(pixels.begin(), pixels.end(), std::uint64_t{0}));
  std::vector<std::size_t> order(pixels.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return pixels[i]; });
  std::vector<std::string> shares;
  for (const std::size_t i : order) {
    if (pixels[i] > 0)
      shares.push_back(fmt::format("{} {:.1f} %", names[i], 100 * static_cast<double>(pixels[i]) / all));
  }
  return join(shares);
}

/// One scene: it fails as a whole run fails.
BatchResult run_single(const SceneFiles& files, SegmentRun& segment, RunContext& run) {
  const Stopwatch watch;
  SceneOutcome outcome = segment.run(files, run);
  if (outcome.skipped)
    run.log(LogLevel::Info, fmt::format("{}: is done and unchanged; skipped", files.input));
  const double seconds = watch.seconds();
  const std::string shares = shares_of(outcome.pixels, segment.legend().names());
  if (segment.makes_maps() && !outcome.skipped && !shares.empty())
    run.log(LogLevel::Info,
            fmt::format("{}: {}; in {}", *files.outputs.front(), shares, format_duration(seconds)));
  return {{{files.input, *files.outputs.front(), outcome.skipped ? SceneStatus::Skipped : SceneStatus::Done,
            "", seconds, std::move(outcome.pixels), std::move(outcome.area_m2), std::move(outcome.facts)}},
          std::move(outcome.text),
          seconds};
}

/// @param earlier table of an earlier batch, which would pass for this one's once a map is there
BatchResult run_scenes(const std::vector<SceneFiles>& scenes, bool many, const std::string& earlier,
                       SegmentRun& segment, RunContext& context) {
  if (!many) return run_single(scenes.front(), segment, context);
  if (scenes.empty()) return {};
  BatchPlan plan;
  plan.memory_cure = "; give less with --memory, --batch-size or --jobs";
  plan.jobs = segment.jobs(scenes.size());
  if (plan.jobs > 1) plan.begin_job = [&](int job) { segment.share_threads(job, plan.jobs); };
  std::once_flag begun;
  plan.map = [&](const SceneFiles& files, RunContext& run) {
    SceneOutcome outcome = segment.run(files, run);
    if (!outcome.skipped) std::call_once(begun, [&] { remove_batch_csv(earlier, scenes, context); });
    return outcome;
  };
  return run_batch(scenes, plan, context);
}

void check_polygons(const Options& options, const OperationContext& context) {
  check_polygon_options(options);
  if (options.vector || options.merge_across) return;
  OperationSpec polygons;
  OperationTable<PolygonOptions> table(polygons);
  declare_polygon_options(table, "", false);
  for (const Parameter& parameter : polygons.parameters)
    if (context.options.value(parameter.key(), parameter.default_value) != parameter.default_value)
      throw usage_error("{}: is an option of polygons, and no --vector asks for them",
                        parameter.display_name());
}

void check_right_angles(const Options& options, const SegmentRun& segment) {
  for (const std::string& text : options.right_angles)
    if (!number_of(text) && !segment.legend().index_of(std::string_view(text)))
      throw usage_error("--right-angles: the model has no class '{}'; it has {}", text,
                        join(segment.legend().names()));
}

/// Nothing comes of a dry run; a shard of one scene is no map yet.
nlohmann::json report_of(const Options& options, const SegmentSource& source,
                         const std::vector<SceneFiles>& scenes, const BatchResult& batch,
                         const SegmentRun& segment) {
  if (options.dry_run) return {};
  if (!source.is_block_shard()) return segment_report(scenes, batch.rows, segment.legend());
  const std::string file = shard_path(*scenes.front().outputs.front(), source.shard).string();
  nlohmann::json report = {{"outputs", {output_entry("file", "shard", "shard", file)}}};
  const nlohmann::json& facts = batch.rows.front().facts;
  if (facts.is_object() && facts.contains("unreadable")) report["unreadable"] = facts.at("unreadable");
  return report;
}

/// Those that summary_file() names for shards of this batch: its summary has what they say.
void remove_shard_tables(const std::filesystem::path& folder, const std::string& summary,
                         const std::vector<SceneFiles>& scenes) {
  namespace fs = std::filesystem;
  std::vector<fs::path> tables;
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored); at != fs::directory_iterator(); at.increment(ignored)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("batch.shard-") && name.ends_with(".csv") &&
        !fs::equivalent(at->path(), summary, ignored) && is_batch_csv_of(at->path().string(), scenes))
      tables.push_back(at->path());
  }
  for (const fs::path& table : tables) fs::remove(table, ignored);
}

}  // namespace

std::vector<SceneFiles> scene_files_of(const Options& options) {
  std::vector<SceneFiles> scenes = pair_files(options.inputs, output_kinds(options));
  for (const SceneFiles& scene : scenes) {
    const ExtraOutputs extras = extras_of(scene);
    // Under another name it might be a file that lies beside an output; of vector files drivers know more.
    for (const ExtraOutput& extra : kExtraOutputs)
      if (const auto& file = extras.*extra.file; file && extra.file != &ExtraOutputs::vector)
        check_extension(option_name(extra), *file, extra.extensions());
  }
  return scenes;
}

nlohmann::json segment_values(const OperationSpec& segment, const nlohmann::json& others) {
  nlohmann::json values = nlohmann::json::object();
  for (const Parameter& parameter : segment.parameters)
    values[parameter.key()] = others.value(parameter.key(), parameter.default_value);
  for (const char* key : {"shard", "resume", "dry_run", "journal"})
    values[key] = segment.find(key)->default_value;
  return values;
}

OperationResult run_segment(const Options& options, const SegmentSource& asked, OperationContext& context) {
  check_polygons(options, context);
  std::vector<SceneFiles> scenes = scene_files_of(options);
  const bool many = scenes.size() > 1;
  const bool looks_back = options.resume || asked.merge;
  SegmentSource source = asked;
  source.many = many;
  if (many && !source.parts.empty()) throw usage_error("--parts: names the parts of one map; give one input");
  if (options.merge_across && !source.shard.is_whole())
    throw usage_error("--merge-across: joins the maps of all shards; give it to orthocover merge");
  const OutputFolders folders(folders_to_make(output_kinds(options), many));
  if (options.merge_across) check_merged_layer(options, looks_back, scenes, context);
  const std::optional<std::string> summary = summary_file(options, source.shard, many);
  check_targets(all_outputs(scenes, {summary, options.merge_across}), context);
  if (many && !source.shard.is_whole()) {
    auto dealt = deal_out_scenes(scenes, source.shard.count, context);
    scenes = std::move(dealt[static_cast<std::size_t>(source.shard.index - 1)]);
  }
  if (many && !source.merge && !options.resume && !options.overwrite) check_nothing_made(scenes, "maps");
  SegmentRun segment(options, source, context);
  check_right_angles(options, segment);
  if (!options.dry_run) remove_leftovers(all_outputs(scenes, {summary, options.merge_across}));
  SubContext mapping(context.run, 0, options.merge_across && !options.dry_run ? kMapsShare : 1);
  const BatchResult batch = run_scenes(scenes, many, summary.value_or(""), segment, mapping);
  OperationResult result;
  result.report = report_of(options, source, scenes, batch, segment);
  const bool has_summary =
      summary &&
      write_batch_csv(*summary, batch_csv(batch.rows, segment.legend().names()), scenes, context.run);
  if (summary && !has_summary) result.exit_code = kFailedScenesExitCode;
  if (options.merge_across && !options.dry_run &&
      !make_merged_layer(options, looks_back, batch, segment.legend(), result.report, context))
    result.exit_code = kFailedScenesExitCode;
  if (has_summary) result.report["outputs"].push_back(output_entry("table", "table", "summary", *summary));
  const bool with_table = many && !options.dry_run;
  result.text = with_table ? batch_table(batch.rows, segment.legend().names(), batch.seconds) : batch.text;
  const auto is_empty = [](const SceneRow& row) { return row.status == SceneStatus::Empty; };
  if (many && !batch.rows.empty() && std::ranges::all_of(batch.rows, is_empty))
    context.run.log(LogLevel::Warning, "nothing was mapped: every scene is empty, or lies beside the area");
  if (many && source.remove_parts && has_summary && batch.failures() == 0)
    remove_shard_tables(options.output, *summary, scenes);
  if (batch.failures() == 0) return result;
  context.run.log(LogLevel::Warning, fmt::format("{} of {} scenes failed", batch.failures(), scenes.size()));
  result.exit_code = kFailedScenesExitCode;
  return result;
}

}  // namespace orthocover::operations
