#include "core/inference/scratch_map.h"

namespace orthocover {

void ScratchMap::write(const Window& window, int band, std::span<const std::uint8_t> pixels) {
  if (band == 0) m_file.write(offset_of(window), std::as_bytes(pixels));
}

void ScratchMap::read(const Window& window, std::vector<std::uint8_t>& pixels) const {
  pixels.resize(static_cast<std::size_t>(window.pixels()));
  m_file.read(offset_of(window), std::as_writable_bytes(std::span(pixels)));
}

/// Each block in one piece, after the rows of blocks above it and the blocks to its left, which are as high.
std::uint64_t ScratchMap::offset_of(const Window& window) const {
  return static_cast<std::uint64_t>(window.row * m_cols + window.col * window.rows);
}

}  // namespace orthocover
