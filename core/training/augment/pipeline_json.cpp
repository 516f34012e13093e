#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/strict_json.h"
#include "core/base/text.h"
#include "core/training/augment/choice.h"
#include "core/training/augment/pipeline.h"

namespace orthocover {
namespace {

using augment::OneOf;
using augment::SomeOf;
using nlohmann::json;
using Step = AugmentationPipeline::Step;
using MixStep = AugmentationPipeline::MixStep;

/// Choices inside choices are read to this depth.
constexpr int kDeepest = 8;

constexpr double kChoiceProbability = 0.5;
constexpr std::uintmax_t kLargestFileBytes = 1 << 20;

template <class Kind>
const Kind* find_kind(const std::vector<Kind>& kinds, const std::string& name) {
  const auto found = std::ranges::find(kinds, name, &Kind::name);
  return found == kinds.end() ? nullptr : &*found;
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& kind : augment::transform_kinds()) names.push_back(kind.name);
  names.insert(names.end(), {OneOf::kName, SomeOf::kName});
  for (const auto& kind : augment::mix_kinds()) names.push_back(kind.name);
  return names;
}

void check_known_keys(const json& object, const std::vector<std::string>& known, const std::string& what) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::count(known, key) > 0) continue;
    throw usage_error("{}: unknown key '{}'{}; there {} {}", what, key, did_you_mean(key, known),
                      known.size() == 1 ? "is only" : "are", join(known));
  }
}

double probability_of(const json& object, double by_default, const std::string& what) {
  if (!object.contains("p")) return by_default;
  const augment::TransformKey key{"p", "", augment::KeyType::Number, 0, 1, false, {}, {}};
  augment::check_key(key, object.at("p"), what + ": p");
  return object.at("p").get<double>();
}

std::string name_of(const json& object, const std::string& what) {
  if (!object.is_object()) throw usage_error("{}: is not an object with a name", what);
  if (!object.contains("name") || !object.at("name").is_string()) {
    throw usage_error("{}: 'name' is missing, such as \"name\": \"gamma\"", what);
  }
  return object.at("name").get<std::string>();
}

const json& list_of(const json& object, const std::string& what) {
  if (!object.contains("transforms") || !object.at("transforms").is_array()) {
    throw usage_error("{}: 'transforms' is missing, the list of transforms", what);
  }
  return object.at("transforms");
}

/// @param what grows by the name, for messages
template <class Kind>
auto make_checked(const Kind& kind, const json& object, const std::string& what) {
  std::vector<std::string> known = {"name", "p"};
  for (const augment::TransformKey& key : kind.keys) known.push_back(key.name);
  check_known_keys(object, known, what);
  for (const augment::TransformKey& key : kind.keys) {
    if (object.contains(key.name)) augment::check_key(key, object.at(key.name), what + ": " + key.name);
  }
  return kind.make(object);
}

std::vector<Step> read_members(const json& object, const std::string& what, int depth);

Step read_choice(const std::string& name, const json& object, const std::string& what, int depth) {
  if (depth > kDeepest) throw usage_error("{}: more than {} choices inside each other", what, kDeepest);
  const bool some = name == SomeOf::kName;
  check_known_keys(object,
                   some ? std::vector<std::string>{"name", "p", "count", "transforms"}
                        : std::vector<std::string>{"name", "p", "transforms"},
                   what);
  std::vector<Step> members = read_members(object, what, depth);
  const auto possible = std::ranges::count_if(members, [](const Step& step) { return step.probability > 0; });
  if (possible == 0) throw usage_error("{}: none of its transforms has a p above 0", what);
  const double probability = probability_of(object, kChoiceProbability, what);
  if (!some) return {name, probability, std::make_shared<OneOf>(std::move(members))};
  const augment::TransformKey key{
      "count", "", augment::KeyType::Integer, 1, static_cast<double>(possible), false, {}, {}};
  const json count = object.value("count", json(1));
  augment::check_key(key, count, what + ": count");
  return {name, probability, std::make_shared<SomeOf>(count.get<int>(), std::move(members))};
}

Step read_step(const std::string& name, const json& object, const std::string& what, int depth) {
  if (name == OneOf::kName || name == SomeOf::kName) return read_choice(name, object, what, depth);
  if (const auto* kind = find_kind(augment::transform_kinds(), name)) {
    auto transform = make_checked(*kind, object, what);
    return {name, probability_of(object, kind->probability, what), std::move(transform)};
  }
  const std::vector<std::string> names = known_names();
  if (find_kind(augment::mix_kinds(), name) != nullptr) {
    throw usage_error("{}: mixing takes two patches and can't be one choice of several", what);
  }
  const std::string nearest = did_you_mean(name, names);
  throw usage_error("{} is not a transform{}", what,
                    nearest.empty() ? "; there are " + join(names) : nearest);
}

std::string place(const std::string& what, std::size_t index) {
  return fmt::format("{}: transforms[{}]", what, index);
}

std::vector<Step> read_members(const json& object, const std::string& what, int depth) {
  const json& list = list_of(object, what);
  std::vector<Step> members;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string name = name_of(list[i], place(what, i));
    members.push_back(read_step(name, list[i], fmt::format("{} '{}'", place(what, i), name), depth + 1));
  }
  return members;
}

}  // namespace

AugmentationPipeline AugmentationPipeline::from_json(const json& json, std::string_view what_given) {
  const std::string what(what_given);
  if (!json.is_object()) throw usage_error("{}: is not an object with a list 'transforms'", what);
  check_known_keys(json, {"$schema", "transforms"}, what);
  const auto& list = list_of(json, what);
  std::vector<Step> steps;
  std::vector<MixStep> mixes;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string name = name_of(list[i], place(what, i));
    const std::string here = fmt::format("{} '{}'", place(what, i), name);
    if (const auto* kind = find_kind(augment::mix_kinds(), name)) {
      auto mix = make_checked(*kind, list[i], here);
      mixes.push_back({probability_of(list[i], kind->probability, here), std::move(mix)});
    } else {
      steps.push_back(read_step(name, list[i], here, 0));
    }
  }
  return AugmentationPipeline(std::move(steps), std::move(mixes));
}

AugmentationPipeline AugmentationPipeline::from_file(const std::filesystem::path& file) {
  const std::string text = read_small_file(file, kLargestFileBytes);
  return from_json(parse_strict_json(text, file.string(), ErrorKind::Usage), file.string());
}

nlohmann::ordered_json AugmentationPipeline::to_json() const {
  nlohmann::ordered_json list = augment::steps_json(m_steps);
  for (const MixStep& step : m_mixes) {
    nlohmann::ordered_json mix = {{"name", step.mix->name()}, {"p", augment::number_json(step.probability)}};
    mix.update(step.mix->keys());
    list.push_back(std::move(mix));
  }
  return {{"transforms", std::move(list)}};
}

}  // namespace orthocover
