#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// Blocks of pixels that are used again, since memory that is new costs as much time as what is done with it.
class BlockPool {
 public:
  /// A block of any size and content. It comes back with its last owner, whether the pool is there or not.
  std::shared_ptr<PixelBlock> take() {
    std::unique_ptr<PixelBlock> block;
    {
      const std::scoped_lock lock(m_unused->mutex);
      if (!m_unused->blocks.empty()) {
        block = std::move(m_unused->blocks.back());
        m_unused->blocks.pop_back();
      }
    }
    if (!block) block = std::make_unique<PixelBlock>();
    return {block.release(), [unused = m_unused](PixelBlock* used) { unused->keep(used); }};
  }

 private:
  struct Unused {
    std::mutex mutex;
    std::vector<std::unique_ptr<PixelBlock>> blocks;

    void keep(PixelBlock* block) noexcept {
      std::unique_ptr<PixelBlock> owned(block);
      try {
        const std::scoped_lock lock(mutex);
        blocks.push_back(std::move(owned));
      } catch (const std::bad_alloc&) {
        // Then it is one block less.
      }
    }
  };

  std::shared_ptr<Unused> m_unused = std::make_shared<Unused>();
};

}  // namespace orthocover
