#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/geometry/window.h"
#include "core/ports/raster_source.h"
#include "core/resampling/block_pool.h"

namespace orthocover {

/// The copy of the scene that a level is read from.
struct ReadCopy {
  int overview = -1;      ///< -1: full resolution
  std::int64_t cols = 0;  ///< size of that copy of the scene
  std::int64_t rows = 0;
  PixelScale scale;  ///< its pixels per level pixel
};

/// The copy of the scene that is exact enough for a level of `scale` scene pixels per level pixel: an
/// overview is taken where each level pixel still averages at least 2 x 2 of its pixels.
ReadCopy choose_copy(const RasterInfo& info, const PixelScale& scale);

/// Reads a patch of a level's grid as the network wants it: resampled by area, invalid pixels and those
/// beyond the scene filled by reflection.
/// @param scale scene pixels per level pixel
/// @param patch level pixels, may reach beyond the scene
/// @param out resized to the patch; `valid` tells which pixels stand for scene pixels with data
/// @return false when no pixel is valid (values are then unspecified)
/// @throws Error{Data} when the scene can't be read
bool read_patch(const RasterSource& source, const PixelScale& scale, const Window& patch, PixelBlock& out);

/// read_patch() for several patches that lie together: what they share is read and resampled once. Each is
/// the same to the last bit as if it were read alone.
/// @return one block of the pool each; none for a patch without a valid pixel
/// @throws Error{Data} when the scene can't be read
std::vector<std::shared_ptr<PixelBlock>> read_patches(const RasterSource& source, const PixelScale& scale,
                                                      std::span<const Window> patches, BlockPool& pool);
/// The same as bytes, of a scene that has these, at its full resolution.
std::vector<std::shared_ptr<ByteBlock>> read_patches(const RasterSource& source,
                                                     std::span<const Window> patches, BytePool& pool);

/// Some rows of a patch as read_patches() reads it, for threads that read it together; the same to the last
/// bit.
/// @param rows of `patch`, over its whole width
/// @param whole of the patch's size already; bytes are for the full resolution, of a scene that has these
/// @throws Error{Data} when the scene can't be read
template <class Value>
void read_rows(const RasterSource& source, const PixelScale& scale, const Window& patch, const Window& rows,
               PixelBlockOf<Value>& whole);

/// What is left to be done once all rows of a patch are there.
/// @return false when no pixel is valid
template <class Value>
bool complete_patch(const RasterSource& source, PixelBlockOf<Value>& whole);

}  // namespace orthocover
