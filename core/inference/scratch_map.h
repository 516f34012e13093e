#pragma once

#include <filesystem>
#include <vector>

#include "core/base/scratch_file.h"
#include "core/ports/raster_sink.h"

namespace orthocover {

/// Keeps band 0 of a map in a nameless file for as long as the object lives, so that it can be compared block
/// by block without being held in memory.
class ScratchMap final : public RasterSink {
 public:
  /// @param folder with room for a byte a pixel
  ScratchMap(std::filesystem::path folder, std::int64_t cols) : m_file(std::move(folder)), m_cols(cols) {}

  /// @param window a block of the map: kBlockPx square, cut at the rims
  void write(const Window& window, int band, std::span<const std::uint8_t> pixels) override;
  void finish(const ValueCounts&) override {}
  void commit() override {}
  std::string finished_path() const override { return {}; }

  /// Reads a block as it was written.
  void read(const Window& window, std::vector<std::uint8_t>& pixels) const;

 private:
  std::uint64_t offset_of(const Window& window) const;

  ScratchFile m_file;
  std::int64_t m_cols;
};

}  // namespace orthocover
