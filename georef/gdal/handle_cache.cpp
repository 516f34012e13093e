#include "georef/gdal/handle_cache.h"

#include <algorithm>
#include <iterator>

namespace orthocover {

DatasetHandle HandleCache::take(const void* owner, const Open& open) {
  {
    const std::scoped_lock lock(m_mutex);
    const auto found =
        std::ranges::find_if(m_resting, [&](const Resting& resting) { return resting.owner == owner; });
    if (found != m_resting.end()) {
      DatasetHandle handle = std::move(found->handle);
      m_resting.erase(found);
      return handle;
    }
  }
  return open();
}

void HandleCache::give_back(const void* owner, DatasetHandle handle) {
  std::list<Resting> closing;  // closed after the lock is gone
  const std::scoped_lock lock(m_mutex);
  m_resting.push_front({owner, std::move(handle)});
  if (m_resting.size() > m_capacity) closing.splice(closing.begin(), m_resting, std::prev(m_resting.end()));
}

void HandleCache::drop(const void* owner) {
  const std::scoped_lock lock(m_mutex);
  m_resting.remove_if([&](const Resting& resting) { return resting.owner == owner; });
}

std::size_t HandleCache::resting() const {
  const std::scoped_lock lock(m_mutex);
  return m_resting.size();
}

}  // namespace orthocover
