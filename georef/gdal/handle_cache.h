#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <new>

#include "georef/gdal/dataset.h"

namespace orthocover {

/// An open file, and a view of it on another grid where there is one.
struct DatasetHandle {
  DatasetPtr file;
  DatasetPtr view;  ///< reads `file`; null: the file itself is meant

  GDALDataset& dataset() const { return view ? *view : *file; }
};

/// Open handles that no thread uses at the moment, for reading from several threads at once without waiting:
/// a handle has one user at a time, a further reader opens another. Of those that rest, the ones used last
/// stay open up to a number, so that thousands of small files never hold thousands of descriptors.
class HandleCache {
 public:
  using Open = std::function<DatasetHandle()>;

  /// @param capacity handles that may rest open
  explicit HandleCache(std::size_t capacity = kCapacity) : m_capacity(capacity) {}
  HandleCache(const HandleCache&) = delete;
  HandleCache& operator=(const HandleCache&) = delete;

  /// A handle for one reading.
  class Lease {
   public:
    Lease(HandleCache& cache, const void* owner, const Open& open)
        : m_cache(cache), m_owner(owner), m_handle(cache.take(owner, open)) {}
    ~Lease() {
      if (!m_handle.file) return;
      try {
        m_cache.give_back(m_owner, std::move(m_handle));
      } catch (const std::bad_alloc&) {  // then it is closed
      }
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    GDALDataset& dataset() const { return m_handle.dataset(); }
    /// Closes a handle that failed, so that nobody uses it again.
    void discard() { const DatasetHandle closed = std::move(m_handle); }

   private:
    HandleCache& m_cache;
    const void* m_owner;
    DatasetHandle m_handle;
  };

  /// Lets a handle rest that `owner` opened.
  void give_back(const void* owner, DatasetHandle handle);
  /// Closes what rests of an owner that goes away.
  void drop(const void* owner);
  /// Handles that rest open.
  std::size_t resting() const;

 private:
  static constexpr std::size_t kCapacity = 256;
  struct Resting {
    const void* owner;
    DatasetHandle handle;
  };
  DatasetHandle take(const void* owner, const Open& open);

  const std::size_t m_capacity;
  mutable std::mutex m_mutex;
  std::list<Resting> m_resting;  ///< used last in front
};

}  // namespace orthocover
