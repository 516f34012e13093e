#include "core/training/augment/choice.h"

#include <numeric>

namespace orthocover::augment {
namespace {

/// Position of a member, by weight.
std::size_t draw_member(Random& random, std::vector<double> weights) {
  std::partial_sum(weights.begin(), weights.end(), weights.begin());
  return random.weighted(weights);
}

std::vector<double> weights_of(const std::vector<AugmentationPipeline::Step>& members) {
  std::vector<double> weights;
  for (const auto& member : members) weights.push_back(member.probability);
  return weights;
}

}  // namespace

void OneOf::draw(Random& random, std::vector<DrawnTransform>& drawn) const {
  m_members[draw_member(random, weights_of(m_members))].transform->draw(random, drawn);
}

nlohmann::ordered_json OneOf::keys() const {
  return {{"transforms", steps_json(m_members)}};
}

void SomeOf::draw(Random& random, std::vector<DrawnTransform>& drawn) const {
  std::vector<double> weights = weights_of(m_members);
  std::vector<bool> chosen(weights.size());
  for (int i = 0; i < m_count; ++i) {
    const std::size_t member = draw_member(random, weights);
    chosen[member] = true;
    weights[member] = 0;
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) m_members[i].transform->draw(random, drawn);
  }
}

nlohmann::ordered_json SomeOf::keys() const {
  return {{"count", m_count}, {"transforms", steps_json(m_members)}};
}

nlohmann::ordered_json steps_json(const std::vector<AugmentationPipeline::Step>& steps) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& step : steps) {
    nlohmann::ordered_json json = {{"name", step.name}, {"p", number_json(step.probability)}};
    json.update(step.transform->keys());
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace orthocover::augment
