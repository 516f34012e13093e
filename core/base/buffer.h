#pragma once

#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace orthocover {

/// Leaves new elements as they come from memory, unless they are given a value.
template <class T>
class PlainAllocator : public std::allocator<T> {
 public:
  template <class U>
  struct rebind {
    using other = PlainAllocator<U>;
  };

  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
};

/// A vector of numbers whose resize() leaves those that are new without a value: for what is written at once
/// anyhow, zeros would be one more way through memory.
template <class T>
using Buffer = std::vector<T, PlainAllocator<T>>;

}  // namespace orthocover
