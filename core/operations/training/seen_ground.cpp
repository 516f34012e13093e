#include "core/operations/training/seen_ground.h"

#include <algorithm>

namespace orthocover::operations {
namespace {

std::vector<std::string> texts_of(const nlohmann::json& training, const char* key) {
  std::vector<std::string> texts;
  for (const nlohmann::json& text : training.value(key, nlohmann::json::array())) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::string scene_of(const std::string& region) {
  return region.substr(0, region.find(':'));
}

/// A name, and what of it stands behind each dash.
std::set<std::string> ends_of(const std::string& name) {
  std::set<std::string> ends{name};
  for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 1))
    ends.insert(name.substr(at + 1));
  return ends;
}

/// Names of ground that a model held out and did not learn before either.
std::set<std::string> unseen_of(const nlohmann::json& training) {
  const std::vector<std::string> held = texts_of(training, "held_out");
  std::set<std::string> unseen(held.begin(), held.end());
  for (const std::string& name : texts_of(training, "held_out_but_seen")) unseen.erase(name);
  return unseen;
}

}  // namespace

std::vector<std::string> held_out_names(const std::vector<TrainingScene>& scenes) {
  std::vector<std::string> names;
  std::set<std::string> known;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledRegion& region : scene.held_out) {
      const std::string name = region.name.empty() ? scene.name : scene.name + ":" + region.name;
      if (known.insert(name).second) names.push_back(name);
    }
  }
  return names;
}

std::set<std::string> trained_scenes(const nlohmann::json& training) {
  std::set<std::string> scenes;
  for (const nlohmann::json& data : training.value("data", nlohmann::json::array())) {
    if (data.is_object() && data.contains("scene") && data.at("scene").is_string())
      scenes.insert(data.at("scene").get<std::string>());
  }
  return scenes;
}

SceneNames::SceneNames(const std::set<std::string>& names) : m_names(names) {
  for (const std::string& name : names)
    for (const std::string& end : ends_of(name)) m_by_end.emplace(end, name);
}

std::set<std::string> SceneNames::like(const std::string& name) const {
  std::set<std::string> found;
  for (auto [entry, end] = m_by_end.equal_range(name); entry != end; ++entry) found.insert(entry->second);
  for (const std::string& end : ends_of(name))
    if (m_names.contains(end)) found.insert(end);
  return found;
}

std::vector<std::string> seen_by(const nlohmann::json& training, const std::vector<std::string>& held) {
  const SceneNames trained(trained_scenes(training));
  const std::set<std::string> unseen = unseen_of(training);
  std::vector<std::string> seen;
  for (const std::string& name : held) {
    const std::string scene = scene_of(name);
    const std::string region = name.substr(scene.size());
    const auto is_seen = [&](const std::string& own) {
      return !unseen.contains(own) && !unseen.contains(own + region);
    };
    if (std::ranges::any_of(trained.like(scene), is_seen)) seen.push_back(name);
  }
  return seen;
}

void add_start_training(const nlohmann::json& start, nlohmann::json& facts) {
  const std::set<std::string> known = trained_scenes(facts);
  const std::set<std::string> unseen = unseen_of(start);
  for (const std::string& scene : trained_scenes(start)) {
    if (!known.contains(scene) && !unseen.contains(scene))
      facts["data"].push_back({{"scene", scene}, {"of_start_model", true}});
  }
  const std::vector<std::string> seen = seen_by(start, texts_of(facts, "held_out"));
  if (!seen.empty()) facts["held_out_but_seen"] = seen;
}

}  // namespace orthocover::operations
