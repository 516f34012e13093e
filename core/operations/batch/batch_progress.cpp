#include "core/operations/batch/batch_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/base/text.h"

namespace orthocover::operations {

void BatchProgress::report(std::size_t scene, double fraction, std::string_view stage) {
  const std::scoped_lock lock(m_mutex);
  m_fractions[scene] = std::max(m_fractions[scene], std::clamp(fraction, 0.0, 1.0));
  m_stages[scene] = stage;
  show();
}

void BatchProgress::end(std::size_t scene) {
  const std::scoped_lock lock(m_mutex);
  m_fractions[scene] = 1;
  m_stages.erase(scene);
  ++m_ended;
  show();
}

void BatchProgress::show() {
  std::vector<std::string> stages;
  for (const auto& [scene, stage] : m_stages) stages.push_back(stage);
  const double sum = std::accumulate(m_fractions.begin(), m_fractions.end(), 0.0);
  m_parent.progress(
      sum / static_cast<double>(m_fractions.size()),
      fmt::format("{} of {}{}{}", m_ended, m_fractions.size(), stages.empty() ? "" : ", ", join(stages)));
}

}  // namespace orthocover::operations
