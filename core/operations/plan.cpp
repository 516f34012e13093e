#include "core/operation/operation.h"
#include "core/operations/segment/segment_parameters.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/geometry/shard_plan.h"
#include "core/operation/command_text.h"
#include "core/operations/inner_operation.h"
#include "core/operations/segment/segment_call.h"
#include "core/operations/segment/segment_record.h"
#include "core/operations/segment/segment_shards.h"
#include "core/operations/segment/shard_files.h"
#include "core/ports/area_mask.h"
#endif

namespace orthocover::operations {
namespace {

struct PlanOptions : SegmentOptions {
  int shards = 4;
};

using Options = PlanOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("plan")
      .summary("List the shards of a map or of a batch as JSON")
      .title("Plan the shards of a map")
      .group("Cluster")
      .tags({"shard", "cluster", "slurm", "kubernetes", "parts", "schedule"})
      .description(
          "Takes the command line of `segment` with `plan` in its place and writes on standard output, as "
          "JSON, how the work is cut into shards: of one scene for each shard its blocks, the window of "
          "scene pixels around them, patches of each level, pixels through the network and the share of the "
          "whole run's, and the commands that make every shard and merge them. The shares sum to more than "
          "1, because patches at the border of two shards are computed in both. Of several inputs each shard "
          "gets whole scenes. Nothing else is written.")
      .example("orthocover plan --shards 8 ortho.tif landcover.tif", "eight shards of one scene")
      .example("orthocover plan --shards 4 flights/*.tif maps/", "a hundred scenes on four machines");
  declare_scenes(table);
  table.add("shards", &Options::shards, Kind::Number, "How many shards")
      .range(1, 10000)
      .group("Cluster")
      .label("Shards");
  declare_map_outputs(table);
  declare_batch_summary(table);
  declare_polygon_options(table, "Polygons", true);
  declare_machine_use(table);
}

#ifdef ORTHOCOVER_ENGINE

using Json = nlohmann::ordered_json;

/// Which shard does what, and how it is called.
class ShardList {
 public:
  ShardList(const Options& options, OperationContext& context)
      : m_options(options),
        m_context(context),
        m_segment(spec_of("segment")),
        m_values(segment_values(m_segment, context.options)),
        m_inner{context.run, context.geo, context.models, m_segment, m_values} {}

  Json of_batch(const std::vector<SceneFiles>& scenes) {
    Json parts = Json::array();
    const auto shards = deal_out_scenes(scenes, m_options.shards, m_context);
    for (int i = 1; i <= m_options.shards; ++i) {
      Json part = begin({i, m_options.shards});
      part["scenes"] = Json::array();
      for (const SceneFiles& scene : shards[static_cast<std::size_t>(i - 1)])
        part["scenes"].push_back(scene.input);
      parts.push_back(finish(std::move(part), {i, m_options.shards}));
    }
    return {{"shards", m_options.shards}, {"parts", parts}, {"merge", merge_command()}};
  }

  Json of_scene(const SceneFiles& files) {
    SegmentRun run(m_options, {}, m_inner);
    const PreparedScene scene = run.prepare(files, m_context.run);
    const SegmentPlan& plan = scene.setup.plan;
    const int stride = scene.predictor->score_stride();
    const Schedule whole = make_schedule(plan.levels, stride, plan.region, RasterSink::kBlockPx);
    const std::int64_t whole_px = cost_px(wanted_part(whole, scene), plan.levels);
    Json parts = Json::array();
    const auto shards = shards_of(plan, scene.area.get(), m_options.shards);
    for (int i = 1; i <= m_options.shards; ++i) {
      const std::vector<Window>& own = shards[static_cast<std::size_t>(i - 1)];
      const Schedule part =
          wanted_part(select_blocks(whole, plan.levels, stride, plan.region, one_of(own)), scene);
      const std::int64_t part_px = cost_px(part, plan.levels);
      const ShardNumber shard{i, m_options.shards};
      Json entry = begin(shard);
      entry["file"] = shard_path(scene.targets.map, shard).string();
      const Window shown = window_around(own, plan.region);
      entry["window"] = {shown.col, shown.row, shown.cols, shown.rows};
      entry["blocks"] = own.size();
      entry["patches"] = patches_of(part, plan);
      entry["network_px"] = part_px;
      entry["share"] = static_cast<double>(part_px) / std::max(1.0, static_cast<double>(whole_px));
      parts.push_back(finish(std::move(entry), shard));
    }
    return {{"scene", files.input},
            {"map", scene.targets.map},
            {"shards", m_options.shards},
            {"block_px", RasterSink::kBlockPx},
            {"blocks", whole.blocks.size()},
            {"network_px", whole_px},
            {"parts", parts},
            {"merge", merge_command()}};
  }

 private:
  static Json begin(const ShardNumber& shard) { return {{"shard", to_string(shard)}}; }

  Json finish(Json entry, const ShardNumber& shard) const {
    nlohmann::json values = m_values;
    reset_unused_polygon_options(values, m_segment);
    entry["command"] = shard_command(shard, m_segment, std::move(values), m_context.geo);
    return entry;
  }

  std::string merge_command() const { return command_here(spec_of("merge"), m_values, m_context.geo); }

  /// Without the steps that a run skips for the area.
  static Schedule wanted_part(Schedule schedule, const PreparedScene& scene) {
    const SegmentPlan& plan = scene.setup.plan;
    schedule.steps = wanted_steps(schedule.steps, plan.levels, plan.region, scene.area.get());
    return schedule;
  }

  static Json patches_of(const Schedule& part, const SegmentPlan& plan) {
    Json counts = Json::object();
    for (std::size_t i = 0; i < plan.levels.size(); ++i) {
      counts[std::to_string(plan.levels[i].level)] =
          std::ranges::count(part.steps, static_cast<int>(i), &ScheduleStep::level);
    }
    return counts;
  }

  const Options& m_options;
  OperationContext& m_context;
  OperationSpec m_segment;
  nlohmann::json m_values;
  OperationContext m_inner;
};

OperationResult run(const Options& options, OperationContext& context) {
  const std::vector<SceneFiles> scenes = scene_files_of(options);
  ShardList list(options, context);
  const Json plan = scenes.size() > 1 ? list.of_batch(scenes) : list.of_scene(scenes.front());
  return {json_document(plan), 0, nlohmann::json(plan)};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(plan, PlanOptions)
