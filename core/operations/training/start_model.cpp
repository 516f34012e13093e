#include "core/operations/training/start_model.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/weights/weight_fit.h"
#include "core/operations/model/model_location.h"

namespace orthocover::operations {

StartModel::StartModel(std::string name, const std::filesystem::path& models)
    : m_name(std::move(name)), m_package(nn::open_model_package(locate_model(m_name, models))) {}

std::vector<std::string> StartModel::new_classes(const Legend& legend) const {
  std::vector<std::string> fresh;
  for (const LegendClass& entry : legend.classes()) {
    if (!manifest().legend.index_of(std::string_view(entry.name))) fresh.push_back(entry.name);
  }
  return fresh;
}

void StartModel::tell_new_classes(const Legend& legend, RunContext& run) const {
  const std::vector<std::string> fresh = new_classes(legend);
  if (!fresh.empty())
    run.log(LogLevel::Info,
            fmt::format("classes that '{}' does not know begin anew: {}", m_name, join(fresh)));
}

std::shared_ptr<nn::SegmentationNetwork> StartModel::network(const nn::ModelManifest& wanted) const {
  if (manifest().architecture != wanted.architecture) {
    throw model_error("--start-from: {} is a {}, --architecture asks for {}", m_name, manifest().architecture,
                      wanted.architecture);
  }
  // For each wanted class the index of the one of its name.
  std::vector<std::optional<int>> known;
  bool are_the_same = wanted.legend.size() == manifest().legend.size();
  for (int i = 0; i < wanted.legend.size(); ++i) {
    const std::string& name = wanted.legend.classes()[static_cast<std::size_t>(i)].name;
    known.push_back(manifest().legend.index_of(std::string_view(name)));
    are_the_same = are_the_same && known.back() == i;
  }
  nn::TensorMap weights = nn::state_of(*nn::load_network(m_package));
  if (!are_the_same)
    weights = nn::with_classes(wanted.architecture, wanted.network(), std::move(weights), known);
  return nn::fit_weights(wanted.architecture, wanted.network(), weights, m_name);
}

}  // namespace orthocover::operations
