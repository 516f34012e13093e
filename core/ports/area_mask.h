#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// The part of a scene that the user wants mapped.
class AreaMask {
 public:
  AreaMask() = default;
  AreaMask(const AreaMask&) = delete;
  AreaMask& operator=(const AreaMask&) = delete;
  virtual ~AreaMask() = default;

  /// Smallest window of scene pixels around the area, inside the scene.
  virtual Window bounds() const = 0;
  /// Whether a window may have pixels of the area; false is certain, and no pixel is looked at.
  virtual bool may_meet(const Window& window) const = 0;
  /// @param inside resized to [rows, cols]; 1 where the pixel's centre lies inside
  virtual void read(const Window& window, std::vector<std::uint8_t>& inside) const = 0;
};

}  // namespace orthocover
