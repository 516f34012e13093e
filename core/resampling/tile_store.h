#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/byte_budget.h"

namespace orthocover {

/// Tiles of one grid that are made when they are first wanted and then stay, as long as the budget lasts.
/// Thread-safe; a tile that stays is made once.
/// @tparam Tile has `std::uint64_t bytes() const`
template <class Tile>
class TileStore {
 public:
  TileStore(std::size_t count, std::shared_ptr<ByteBudget> budget)
      : m_slots(count), m_budget(std::move(budget)) {}

  /// The tile if it is held.
  const Tile* find(std::size_t index) const { return m_slots[index].load(std::memory_order_acquire); }
  bool is_full() const { return m_budget->is_spent(); }

  /// The tile, held or made now.
  /// @param make () -> Tile
  /// @param scratch keeps a tile that does not fit the budget
  template <class Make>
  const Tile& get(std::size_t index, std::optional<Tile>& scratch, const Make& make) const {
    if (const Tile* held = find(index)) return *held;
    if (is_full()) return scratch.emplace(make());
    Stripe& stripe = m_stripes[index % m_stripes.size()];
    const std::scoped_lock lock(stripe.mutex);
    if (const Tile* held = find(index)) return *held;
    Tile made = make();
    if (!m_budget->take(made.bytes())) return scratch.emplace(std::move(made));
    const Tile& kept = stripe.tiles.emplace_back(std::move(made));
    m_slots[index].store(&kept, std::memory_order_release);
    return kept;
  }

 private:
  /// Tiles that one mutex guards while they are made.
  struct Stripe {
    std::mutex mutex;
    std::deque<Tile> tiles;
  };
  mutable std::vector<std::atomic<const Tile*>> m_slots;
  mutable std::array<Stripe, 64> m_stripes;
  std::shared_ptr<ByteBudget> m_budget;
};

}  // namespace orthocover
