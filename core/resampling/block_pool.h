#pragma once

#include <iterator>
#include <memory>
#include <mutex>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// Blocks of pixels that are used again, since memory that is new costs as much time as what is done with it.
template <class Value>
class BlockPoolOf {
  using Block = PixelBlockOf<Value>;

 public:
  /// A block of any size and content, with room for so many values; not with far more, so that blocks of few
  /// patches don't become as large as those of many. It comes back with its last owner, whether the pool is
  /// there or not.
  std::shared_ptr<Block> take(std::size_t values) {
    std::unique_ptr<Block> block = m_unused->find(values);
    if (!block) {
      block = std::make_unique<Block>();
      block->values.reserve(values);
    }
    return {block.release(), [unused = m_unused](Block* used) { unused->keep(used); }};
  }

 private:
  struct Unused {
    static constexpr std::size_t kMost = 16;

    std::mutex mutex;
    std::vector<std::unique_ptr<Block>> blocks;  ///< the longest unused first

    std::unique_ptr<Block> find(std::size_t values) {
      const std::scoped_lock lock(mutex);
      for (auto at = blocks.rbegin(); at != blocks.rend(); ++at) {
        const std::size_t room = (*at)->values.capacity();
        if (room < values || room / 2 > values) continue;
        std::unique_ptr<Block> found = std::move(*at);
        blocks.erase(std::next(at).base());
        return found;
      }
      return nullptr;
    }

    void keep(Block* block) noexcept {
      std::unique_ptr<Block> owned(block);
      try {
        const std::scoped_lock lock(mutex);
        if (blocks.size() == kMost) blocks.erase(blocks.begin());
        blocks.push_back(std::move(owned));
      } catch (const std::bad_alloc&) {
        // Then it is one block less.
      }
    }
  };

  std::shared_ptr<Unused> m_unused = std::make_shared<Unused>();
};

using BlockPool = BlockPoolOf<float>;
using BytePool = BlockPoolOf<std::uint8_t>;

}  // namespace orthocover
