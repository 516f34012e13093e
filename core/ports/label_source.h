#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/geometry/window.h"

namespace orthocover {

/// A piece of labelled ground, for balanced sampling.
struct LabelledPiece {
  int class_index = 0;  ///< position in the legend
  Window bounds;        ///< scene pixels
  double area_px = 0;   ///< labelled scene pixels, about
  std::string region;   ///< name of the annotated region that it lies in, may be empty
  double share = 1;     ///< of the part of a polygon that it is cut from
};

/// A part of the scene in which somebody drew labels.
struct LabelledRegion {
  std::string name;
  Window window;  ///< scene pixels
};

/// In the order of the regions.
inline std::vector<Window> windows_of(const std::vector<LabelledRegion>& regions) {
  std::vector<Window> windows;
  for (const LabelledRegion& region : regions) windows.push_back(region.window);
  return windows;
}

/// Labels of one scene on the scene's grid. read() may be called from several threads at once.
class LabelSource {
 public:
  LabelSource() = default;
  LabelSource(const LabelSource&) = delete;
  LabelSource& operator=(const LabelSource&) = delete;
  virtual ~LabelSource() = default;

  /// Labels of a window of scene pixels (may reach beyond the scene), sampled at the centres of an even grid.
  /// @param labels resized to [rows, cols]; class index (position in the legend), kIgnoreLabel where
  /// unlabelled
  virtual void read(const Window& window, std::int64_t cols, std::int64_t rows,
                    std::vector<std::uint8_t>& labels) const = 0;

  /// Pieces of label on the scene: parts of polygons, in pieces where they fill their bounds badly, or one
  /// for each class and block of a label raster.
  virtual const std::vector<LabelledPiece>& pieces() const = 0;
  /// Annotated regions; the whole scene when the file names none.
  virtual const std::vector<LabelledRegion>& regions() const = 0;
};

}  // namespace orthocover
