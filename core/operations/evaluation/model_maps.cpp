#include "core/operations/evaluation/model_maps.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/base/error.h"
#include "core/base/temporary_name.h"
#include "core/inference/scene_segmenter.h"
#include "core/operations/batch/batch_progress.h"
#include "core/operations/results/machine.h"
#include "core/operations/segment/segment_outputs.h"

namespace orthocover::operations {

namespace fs = std::filesystem;

namespace {
/// Share of the free memory that a map may take.
constexpr double kMemoryShare = 0.8;
constexpr std::uint64_t kLeastMib = 2048;

MappingOptions mapping_options(const std::string& model, const std::vector<int>& levels,
                               const JudgingOptions& options) {
  MappingOptions mapping;
  mapping.model = model;
  mapping.levels = levels;
  mapping.bands = options.bands;
  if (options.patch_size > 0) mapping.patch_size = options.patch_size;
  mapping.pixel_size = options.pixel_size;
  mapping.device = options.device;
  mapping.threads = options.threads;
  // Whatever the model needs, as far as the machine has it: what is judged are the maps.
  const auto available_mib =
      static_cast<std::uint64_t>(kMemoryShare * static_cast<double>(memory_facts().available_bytes)) >> 20;
  mapping.memory = fmt::format("{}MiB", std::max(available_mib, kLeastMib));
  return mapping;
}

/// A map under its scene's name.
class SceneMap final : public MapSource {
 public:
  SceneMap(std::unique_ptr<MapSource> map, const std::string& scene, std::optional<double> pixel_size)
      : m_map(std::move(map)), m_info(m_map->info()) {
    m_info.path = scene;
    if (!m_info.ground_size_m) m_info.ground_size_m = pixel_size;
  }
  const RasterInfo& info() const override { return m_info; }
  const std::optional<Legend>& legend() const override { return m_map->legend(); }
  void read(const Window& window, std::vector<std::uint8_t>& values) const override {
    m_map->read(window, values);
  }

 private:
  std::unique_ptr<MapSource> m_map;
  RasterInfo m_info;
};
}  // namespace

std::unique_ptr<MapSource> open_made_map(const std::string& map, const std::string& scene,
                                         std::optional<double> pixel_size, GeoIo& geo) {
  return std::make_unique<SceneMap>(geo.open_map(map), scene, pixel_size);
}

ReferencePoints checked_references(const std::string& file, const RasterInfo& scene, const Legend& legend,
                                   const std::optional<std::string>& class_field, const std::string& where,
                                   OperationContext& context) {
  ReferencePoints read = context.geo.read_points(file, scene, legend, class_field.value_or("reference"));
  QuietRun quiet(context.run);  // what is odd is told where they are judged
  if (read.points.empty())
    context.geo.open_labels(file, scene, legend, class_field.value_or(""), where, quiet);
  return read;
}

MapFolder::MapFolder() : m_path(temporary_beside(temporary_folder() / "orthocover-maps")) {
  remove_abandoned(m_path.parent_path(), {"orthocover-maps"});
  // Nobody else may look into it, or have put something there.
  if (mkdir(m_path.c_str(), S_IRWXU) != 0)
    throw resource_error("{}: can't be made: {}", m_path.string(), std::generic_category().message(errno));
}

MapFolder::~MapFolder() {
  std::error_code ignored;
  fs::remove_all(m_path, ignored);
}

ModelMapper::ModelMapper(const std::string& model, const std::vector<int>& levels,
                         const JudgingOptions& options, MapFolder& folder, OperationContext& context)
    : m_folder(folder),
      m_context(context),
      m_options(mapping_options(model, levels, options)),
      m_mapping(m_options, context, false) {}

ModelMap ModelMapper::make(const std::string& scene, const std::optional<std::string>& area,
                           bool with_confidence, RunContext& run) {
  run.check_cancelled();
  const std::unique_ptr<RasterSource> source = m_mapping.open_scene(scene, m_folder.path(), run);
  const RasterInfo& info = source->info();
  Predictor predictor = m_mapping.predictor_for(*source, run);
  std::unique_ptr<AreaMask> mask;
  if (area) mask = m_context.geo.open_area(*area, info, run);
  const Window region = mask ? intersect(info.window(), mask->bounds()) : info.window();
  SegmentPlan plan = m_mapping.set_up(*source, region, predictor, run).plan;
  plan.scratch_folder = m_folder.path();

  const fs::path map = m_folder.next_map();
  SegmentTargets targets;
  targets.map = map.string();
  if (with_confidence) targets.confidence = fs::path(map).replace_extension(".confidence.tif").string();
  targets.threads = m_options.threads;
  targets.cores_are_free = !m_mapping.device().is_cpu();
  SegmentOutputs outputs(m_context.geo, targets, info, region, manifest(), run);
  const SegmentReport report = segment_scene(*source, mask.get(), predictor, plan, outputs.sinks(), run);
  if (report.counts[kNoClass] == static_cast<std::uint64_t>(region.pixels()))
    throw EmptyScene(scene, area ? " in the mapped part" : "");
  outputs.finish(*source, predictor.scaling(), report.counts, run);
  CommitSteps steps;
  outputs.add_to(steps);
  steps.carry_out();

  ModelMap made{targets.map, targets.confidence, {}, 0, report.wall_seconds, plan.memory.peak_bytes};
  for (const LevelPlan& level : plan.levels) made.levels.push_back(level.level);
  for (const std::int64_t patches : report.patches) made.patches += patches;
  return made;
}

}  // namespace orthocover::operations
