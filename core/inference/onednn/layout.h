#pragma once

#include "core/inference/onednn/graph.h"
#include "core/inference/onednn/kernels.h"

namespace orthocover::onednn {

/// Where the results of a graph's steps lie in one piece of memory, the arena. What isn't needed at the same
/// time shares its place; parts of a Concat are made where the Concat wants them, and a sum where one of its
/// terms is.
class Layout {
 public:
  /// @param block channels in a block
  /// @throws Unsupported
  Layout(const Graph& graph, std::int64_t block);

  /// Which channel each of the stored channels is; -1 for what fills a block up. Stored values there are
  /// finite and mean nothing.
  const std::vector<int>& lanes(int op) const { return m_lanes[index(op)]; }
  /// Those of channels that are stored in order.
  std::vector<int> lanes_of_new(std::int64_t channels) const;
  /// Those of several results, one behind the other.
  std::vector<int> lanes_of_all(const std::vector<int>& ops) const;
  Blocked map(int op, float* arena) const;
  /// The result of a step without data: for sizes.
  Blocked extent(int op) const { return map(op, nullptr); }

  bool is_in_place(int part, int concat) const;
  bool shares_place(int a, int b) const;
  std::int64_t block() const { return m_block; }

  /// Memory that only this step needs. Before settle().
  int add_scratch(int op, std::int64_t floats);
  float* scratch(int buffer, float* arena) const { return arena + m_buffers[index(buffer)].offset; }

  /// Decides where everything lies.
  void settle();
  std::int64_t floats() const { return m_floats; }

 private:
  struct Buffer {
    std::int64_t floats = 0;
    int first = 0;  ///< step
    int last = 0;
    std::int64_t offset = 0;
  };
  struct Place {
    int buffer = -1;
    std::int64_t offset = 0;
  };

  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  std::int64_t floats_of(int op) const;
  void find_lanes();
  void find_last_readers();
  void put_parts_into_concats();
  void put_sum_upon_term(int op);
  int new_buffer(std::int64_t floats, int first, int last);
  void place(int op);

  const Graph& m_graph;
  std::int64_t m_block;
  std::vector<std::vector<int>> m_lanes;
  std::vector<int> m_last_reader;
  std::vector<int> m_concat;  ///< of which the step's result is a part, made in place
  std::vector<Place> m_places;
  std::vector<Buffer> m_buffers;
  std::int64_t m_floats = 0;
};

}  // namespace orthocover::onednn
