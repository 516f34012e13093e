#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/nn/ranks/rank_exchange.h"

namespace orthocover::nn {

/// Where threads of one process meet that stand for ranks.
class MemoryTeam {
 public:
  explicit MemoryTeam(int size) : m_size(size) {}

  int size() const { return m_size; }
  /// From now on every exchange throws a RankError with this text.
  void fail(const std::string& text);

 private:
  friend class MemoryExchange;
  void meet(int rank, torch::Tensor& values, bool add);

  int m_size;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::vector<torch::Tensor> m_given;
  torch::Tensor m_result;
  int m_waiting = 0;
  int m_round = 0;
  std::string m_failure;
};

/// One rank's exchange with the threads of its team.
class MemoryExchange final : public RankExchange {
 public:
  MemoryExchange(MemoryTeam& team, int rank) : m_team(team), m_rank(rank) {}

  int rank() const override { return m_rank; }
  int size() const override { return m_team.size(); }
  void sum(torch::Tensor values) override { m_team.meet(m_rank, values, /*add=*/true); }
  void share(torch::Tensor values) override { m_team.meet(m_rank, values, /*add=*/false); }

 private:
  MemoryTeam& m_team;
  int m_rank;
};

}  // namespace orthocover::nn
