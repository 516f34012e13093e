#include "core/operations/evaluation/unseen_ground.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/model_package.h"
#include "core/operations/model/model_location.h"
#include "core/operations/training/seen_ground.h"
#include "core/operations/training/training_outcome.h"
#include "core/training/data/masked_labels.h"

namespace orthocover::operations {
namespace {
/// In a message.
constexpr std::size_t kMostRegions = 8;
}  // namespace

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
  const std::string names =
      regions.size() > kMostRegions ? fmt::format("{} regions", regions.size()) : join(regions);
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
      fmt::format("--held-out: {} was trained on no scene called {}, so all of it counts as unseen",
                  join(models), join(whole));
  if (whole.size() == scenes.size()) throw data_error("{}; leave --held-out out", text);
  if (!whole.empty()) run.log(LogLevel::Info, text + " and judged");
}

std::unique_ptr<LabelSource> labels_on(const std::optional<UnseenGround>& ground, const RasterInfo& map,
                                       std::unique_ptr<LabelSource> labels) {
  if (!ground) return labels;
  if (map.window() != ground->scene)
    throw internal_error("{}: its map covers {} of {}", map.path, to_string(map.window()),
                         to_string(ground->scene));
  return labels_on(ground->regions, std::move(labels));
}

}  // namespace orthocover::operations
