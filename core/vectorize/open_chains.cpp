#include "core/vectorize/open_chains.h"

#include <algorithm>

namespace orthocover::vectorize {

std::uint32_t OpenChains::new_chain() {
  if (m_free.empty()) {
    m_chains.emplace_back();
    m_free.push_back(static_cast<std::uint32_t>(m_chains.size()) - 1);
  }
  const std::uint32_t chain = m_free.back();
  m_free.pop_back();
  m_chains[chain] = {};
  m_chains[chain].is_alive = true;
  return chain;
}

void OpenChains::release(std::uint32_t chain) {
  m_chains[chain] = {};
  m_free.push_back(chain);
}

/// Tells the edge at which an end of a chain lies that it does.
void OpenChains::refer(std::uint32_t chain, std::uint8_t end) {
  const End& at = m_chains[chain].ends[end];
  const Reference reference{chain, end};
  switch (at.place) {
    case End::Place::Node:
      break;
    case End::Place::Above:
      m_above[at.edge] = reference;
      break;
    case End::Place::Border:
      m_border[at.edge] = reference;
      break;
    case End::Place::Below:
      m_below[at.edge] = reference;
      break;
  }
}

void OpenChains::reverse(std::uint32_t chain) {
  Chain& c = m_chains[chain];
  std::swap(c.front, c.back);
  std::swap(c.left, c.right);
  std::swap(c.ends[0], c.ends[1]);
  std::swap(c.start, c.finish);
  c.start = opposite(c.start);
  c.finish = opposite(c.finish);
  refer(chain, 0);
  refer(chain, 1);
}

void OpenChains::append(Chain& to, const Chain& from) {
  to.back.insert(to.back.end(), from.front.rbegin(), from.front.rend());
  to.back.insert(to.back.end(), from.back.begin(), from.back.end());
}

void OpenChains::prepend(Chain& to, const Chain& from) {
  to.front.insert(to.front.end(), from.back.rbegin(), from.back.rend());
  to.front.insert(to.front.end(), from.front.begin(), from.front.end());
}

void OpenChains::join(Reference above, Reference below, std::vector<Closed>& closed) {
  if (above.chain == below.chain) {
    closed.push_back(close(above.chain, true));
    return;
  }
  if (above.end == 0) reverse(above.chain);
  if (below.end == 1) reverse(below.chain);
  Chain& a = m_chains[above.chain];
  Chain& b = m_chains[below.chain];
  const std::int32_t first_row = std::min(a.first_row, b.first_row);
  std::uint32_t joined = above.chain;
  if (b.size() <= a.size()) {
    append(a, b);
    a.ends[1] = b.ends[1];
    a.finish = b.finish;
    refer(joined, 1);
    release(below.chain);
  } else {
    joined = below.chain;
    prepend(b, a);
    b.ends[0] = a.ends[0];
    b.start = a.start;
    refer(joined, 0);
    release(above.chain);
  }
  Chain& whole = m_chains[joined];
  whole.first_row = first_row;
  if (whole.ends[0].place == End::Place::Node && whole.ends[1].place == End::Place::Node)
    closed.push_back(close(joined, false));
}

OpenChains::Closed OpenChains::close(std::uint32_t chain, bool is_free_loop) {
  Chain& c = m_chains[chain];
  Closed closed;
  closed.points.reserve(c.size() + 1);
  closed.points.assign(c.front.rbegin(), c.front.rend());
  closed.points.insert(closed.points.end(), c.back.begin(), c.back.end());
  closed.left = c.left;
  closed.right = c.right;
  closed.start = c.start;
  closed.finish = c.finish;
  closed.is_free_loop = is_free_loop;
  if (is_free_loop) {
    const auto first = std::ranges::min_element(closed.points, comes_before);
    std::ranges::rotate(closed.points, first);
    closed.points.push_back(closed.points.front());
    // Along the top from the upper left corner, as loops inside a strip are walked.
    if (closed.points[1].y != closed.points[0].y) {
      std::ranges::reverse(closed.points);
      std::swap(closed.left, closed.right);
    }
    closed.start = kRight;
    closed.finish = kUp;
  }
  release(chain);
  return closed;
}

std::vector<OpenChains::Closed> OpenChains::add(const StripGraph& graph,
                                                const std::function<std::uint32_t(std::uint32_t)>& global,
                                                std::size_t bottom_edges) {
  m_border.assign(m_above.size(), {});
  m_below.assign(bottom_edges, {});
  for (const ArcPiece& piece : graph.pieces) {
    if (piece.is_complete()) continue;
    const std::uint32_t chain = new_chain();
    Chain& c = m_chains[chain];
    c.back.assign(graph.points.begin() + piece.begin, graph.points.begin() + piece.end);
    c.left = global(piece.left);
    c.right = global(piece.right);
    c.start = piece.start;
    c.finish = piece.finish;
    c.first_row = static_cast<std::int32_t>(graph.corners->first_row());
    const std::array exits = {&piece.start_exit, &piece.end_exit};
    for (std::uint8_t end = 0; end < 2; ++end) {
      if (exits[end]->side == StripExit::Side::Above) c.ends[end] = {End::Place::Border, exits[end]->edge};
      if (exits[end]->side == StripExit::Side::Below) c.ends[end] = {End::Place::Below, exits[end]->edge};
      refer(chain, end);
    }
  }
  std::vector<Closed> closed;
  for (std::size_t edge = 0; edge < m_above.size(); ++edge) join(m_above[edge], m_border[edge], closed);
  std::swap(m_above, m_below);
  for (const Reference& reference : m_above) {
    m_chains[reference.chain].ends[reference.end].place = End::Place::Above;
  }
  return closed;
}

void OpenChains::rename_sides(const std::function<std::uint32_t(std::uint32_t)>& current) {
  for (Chain& chain : m_chains) {
    if (!chain.is_alive) continue;
    chain.left = current(chain.left);
    chain.right = current(chain.right);
  }
}

std::int64_t OpenChains::first_row(std::int64_t otherwise) const {
  std::int64_t first = otherwise;
  for (const Chain& chain : m_chains) {
    if (chain.is_alive) first = std::min<std::int64_t>(first, chain.first_row);
  }
  return first;
}

}  // namespace orthocover::vectorize
