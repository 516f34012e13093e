#include "core/vectorize/visvalingam.h"

#include <algorithm>
#include <queue>

namespace orthocover::vectorize {
namespace {

/// A triangle as it was when it was measured.
struct Candidate {
  double area;
  std::size_t point;
  std::size_t before;
  std::size_t after;
};

struct LaterIsSmaller {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.area != b.area ? a.area > b.area : a.point > b.point;
  }
};

class Removal {
 public:
  explicit Removal(const VisvalingamRequest& request)
      : m_request(request), m_before(request.points), m_after(request.points), m_gone(request.points) {
    for (std::size_t i = 0; i < request.points; ++i) m_before[i] = i - 1, m_after[i] = i + 1;
    for (std::size_t i = 1; i + 1 < request.points; ++i) measure(i, 0);
  }

  std::vector<std::size_t> run() {
    std::size_t inside = m_request.points - 2;
    while (!m_queue.empty() && inside > m_request.least_inside) {
      const Candidate next = m_queue.top();
      m_queue.pop();
      if (next.area > m_request.area_limit) break;
      if (is_stale(next) || !m_request.may_join(next.before, next.after)) continue;
      m_gone[next.point] = true;
      m_after[next.before] = next.after;
      m_before[next.after] = next.before;
      --inside;
      // Neighbours never come out as smaller than what has gone already.
      measure(next.before, next.area);
      measure(next.after, next.area);
    }
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < m_request.points; i = m_after[i]) kept.push_back(i);
    return kept;
  }

 private:
  void measure(std::size_t point, double least) {
    if (point == 0 || point + 1 == m_request.points) return;
    const double area = m_request.area(m_before[point], point, m_after[point]);
    m_queue.push({std::max(area, least), point, m_before[point], m_after[point]});
  }

  bool is_stale(const Candidate& c) const {
    return m_gone[c.point] || m_before[c.point] != c.before || m_after[c.point] != c.after;
  }

  const VisvalingamRequest& m_request;
  std::vector<std::size_t> m_before;
  std::vector<std::size_t> m_after;
  std::vector<bool> m_gone;
  std::priority_queue<Candidate, std::vector<Candidate>, LaterIsSmaller> m_queue;
};

}  // namespace

std::vector<std::size_t> visvalingam(const VisvalingamRequest& request) {
  return Removal(request).run();
}

}  // namespace orthocover::vectorize
