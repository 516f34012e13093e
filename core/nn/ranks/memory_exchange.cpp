#include "core/nn/ranks/memory_exchange.h"

#include "core/nn/ranks/rank_link.h"

namespace orthocover::nn {

void MemoryTeam::fail(const std::string& text) {
  const std::lock_guard lock(m_mutex);
  m_failure = text;
  m_changed.notify_all();
}

void MemoryTeam::meet(int rank, torch::Tensor& values, bool add) {
  const torch::NoGradGuard no_gradients;
  std::unique_lock lock(m_mutex);
  m_given.resize(static_cast<std::size_t>(m_size));
  m_given[static_cast<std::size_t>(rank)] = values.detach().clone();
  const int round = m_round;
  if (++m_waiting == m_size) {
    m_result = m_given[0];
    for (std::size_t i = 1; add && i < m_given.size(); ++i) m_result = m_result + m_given[i];
    m_waiting = 0;
    ++m_round;
    m_changed.notify_all();
  }
  m_changed.wait(lock, [&] { return m_round != round || !m_failure.empty(); });
  if (m_round == round) throw RankError(ErrorKind::Resource, m_failure);
  values.copy_(m_result);
}

}  // namespace orthocover::nn
