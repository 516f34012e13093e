#include "core/operations/model_maps.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <set>
#include <system_error>

#include "core/base/error.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "core/nn/model_package.h"
#include "core/operation/run_record.h"
#include "core/operation/values.h"
#include "core/operations/inner_operation.h"
#include "core/operations/machine.h"
#include "core/operations/model_location.h"
#include "core/operations/training_data.h"
#include "core/operations/training_outcome.h"
#include "core/training/masked_labels.h"

namespace orthocover::operations {

namespace fs = std::filesystem;

namespace {
/// Share of the free memory that a map may take.
constexpr double kMemoryShare = 0.8;
constexpr std::uint64_t kLeastMib = 2048;
/// That a message names.
constexpr std::size_t kMostRegions = 8;

/// Messages name the scene in place of its map.
class MappingRun final : public RunContext {
 public:
  MappingRun(RunContext& run, std::string map, std::string scene)
      : m_run(run), m_map(std::move(map)), m_scene(std::move(scene)) {}

  void progress(double fraction, std::string_view stage) override { m_run.progress(fraction, stage); }
  bool cancelled() const override { return m_run.cancelled(); }
  void log(LogLevel level, std::string_view message) override {
    std::string text(message);
    std::size_t at = 0;
    for (; (at = text.find(m_map, at)) != text.npos; at += m_scene.size())
      text.replace(at, m_map.size(), m_scene);
    m_run.log(level, text);
  }

 private:
  RunContext& m_run;
  std::string m_map;
  std::string m_scene;
};

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

void warn_of_known_scenes(const std::string& model, const nlohmann::json& training,
                          const std::vector<std::string>& scenes, RunContext& run) {
  const SceneNames trained_on(trained_scenes(training));
  std::set<std::string> known;
  for (const std::string& path : scenes) known.merge(scenes_called_like(path, trained_on));
  std::vector<std::string> regions;
  for (const std::string& name : unseen_names(training)) {
    known.erase(name);
    if (known.contains(name.substr(0, name.find(':')))) regions.push_back(name);
  }
  if (known.empty()) return;
  const bool is_recorded = std::ranges::any_of(training.at("data"), [](const auto& data) {
    return data.contains("held_out_px") && !data["held_out_px"].empty();
  });
  const bool are_many = regions.size() > kMostRegions;
  const std::string names = are_many ? fmt::format("{} regions", regions.size()) : join(regions);
  run.log(
      LogLevel::Warning,
      fmt::format("{} was trained on scenes called {}; if they are these, its scores promise too much{}{}",
                  model, join(std::vector(known.begin(), known.end())),
                  regions.empty() ? "" : fmt::format(", but for what it held out: {}", names),
                  !regions.empty() && is_recorded ? " (--held-out)" : ""));
}

std::vector<std::optional<UnseenGround>> unseen_ground(const std::vector<std::string>& models,
                                                       const std::vector<std::string>& scenes,
                                                       std::optional<double> pixel_size,
                                                       OperationContext& context) {
  std::vector<std::optional<UnseenGround>> grounds(scenes.size());
  std::vector<RasterInfo> infos;
  for (const std::string& scene : scenes)
    infos.push_back(context.geo.open_raster(scene, {}, pixel_size)->info());
  for (const std::string& model : models) {
    const auto package = nn::open_model_package(locate_model(model, context.models));
    for (std::size_t i = 0; i < scenes.size(); ++i) {
      const auto own = held_out_by(model, package.manifest.training, infos[i]);
      if (!own) continue;
      grounds[i] = {infos[i].window(), grounds[i] ? common_ground(grounds[i]->regions, *own) : *own};
      if (grounds[i]->regions.empty())
        throw data_error("--held-out: no ground of {} was held out by all of {}", scenes[i], join(models));
    }
  }
  return grounds;
}

void tell_of_whole_scenes(const std::vector<std::string>& models, const std::vector<std::string>& scenes,
                          const std::vector<std::optional<UnseenGround>>& grounds, RunContext& run) {
  std::vector<std::string> whole;
  for (std::size_t i = 0; i < scenes.size(); ++i)
    if (!grounds[i]) whole.push_back(scenes[i]);
  const std::string text =
      fmt::format("--held-out: {} was not trained on {}, so all of it is unseen", join(models), join(whole));
  if (whole.size() == scenes.size()) throw data_error("{}; leave --held-out out", text);
  if (!whole.empty()) run.log(LogLevel::Info, fmt::format("{} and judged", text));
}

std::unique_ptr<LabelSource> labels_on(const std::optional<UnseenGround>& ground, const RasterInfo& map,
                                       std::unique_ptr<LabelSource> labels) {
  if (!ground) return labels;
  if (map.window() != ground->scene)
    throw internal_error("{}: its map covers {} of {}", map.path, to_string(map.window()),
                         to_string(ground->scene));
  return labels_on(ground->regions, std::move(labels));
}

ModelMaps::ModelMaps() : m_folder(temporary_beside(temporary_folder() / "orthocover-maps")) {
  remove_abandoned(m_folder.parent_path(), {"orthocover-maps"});
  // Nobody else may look into it, or have put something there.
  if (mkdir(m_folder.c_str(), S_IRWXU) != 0)
    throw resource_error("{}: can't be made: {}", m_folder.string(), std::generic_category().message(errno));
}

ModelMaps::~ModelMaps() {
  std::error_code ignored;
  fs::remove_all(m_folder, ignored);
}

ModelMap ModelMaps::make(const ModelMapRequest& request, OperationContext& context) {
  const OperationSpec spec = spec_of("segment");
  const std::string name = fmt::format("{}", m_made++);
  ModelMap made{(m_folder / (name + ".tif")).string(), (m_folder / (name + ".confidence.tif")).string(), {}};
  nlohmann::json values = default_values(spec);
  values["input"] = nlohmann::json::array({request.scene});
  values["output"] = made.map;
  values["confidence"] = made.confidence;
  values["model"] = request.model;
  // Whatever the model needs, as far as the machine has it: what is judged are the maps.
  const auto available_mib =
      static_cast<std::uint64_t>(kMemoryShare * static_cast<double>(memory_facts().available_bytes)) >> 20;
  values["memory"] = fmt::format("{}MiB", std::max(available_mib, kLeastMib));
  values["journal"] = 0;  // nobody goes on with it
  values["device"] = request.device;
  values["threads"] = request.threads;
  if (!request.levels.empty()) values["levels"] = request.levels;
  if (!request.bands.empty()) values["bands"] = request.bands;
  if (request.area) values["area"] = *request.area;
  if (request.patch_size > 0) values["patch_size"] = request.patch_size;
  if (request.pixel_size) values["pixel_size"] = *request.pixel_size;
  MappingRun run(context.run, made.map, request.scene);
  OperationContext mapping{run, context.geo, context.models, context.spec, context.options};
  try {
    run_inner(spec, values, mapping);
  } catch (const Error& error) {
    std::rethrow_if_nested(error);  // without its cure
    throw;
  }
  made.facts = read_config(run_record_path(made.map)).at("orthocover");
  return made;
}

}  // namespace orthocover::operations
