#pragma once

#include <filesystem>
#include <vector>

#include "core/base/scratch_file.h"
#include "core/ports/class_source.h"
#include "core/ports/raster_sink.h"
#include "core/vectorize/class_rows.h"

namespace orthocover::vectorize {

/// A land-cover map while it is made, kept as runs, so that its polygons need no second reading of the file.
/// What does not fit into some megabytes goes to a scratch file.
class ClassRowStore final : public ClassSource {
 public:
  /// @param info size and place of the map
  /// @param scratch_folder where there is room
  ClassRowStore(RasterInfo info, PixelSize pixel, std::vector<ClassEntry> classes,
                std::filesystem::path scratch_folder);

  /// Takes a window of legend values; every pixel once, in any order. Not thread-safe.
  /// @throws Error{Resource} when the scratch file can't grow
  void write(const Window& window, std::span<const std::uint8_t> values);

  const RasterInfo& info() const override { return m_info; }
  PixelSize pixel_size() const override { return m_pixel; }
  const std::vector<ClassEntry>& classes() const override { return m_classes; }
  /// Rows that are complete.
  void read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const override;
  std::int64_t value_of(std::uint16_t code) const override { return code; }

 private:
  static constexpr std::int64_t kBandRows = RasterSink::kBlockPx;

  /// Some rows and columns of the map: for each row the number of its runs, then the runs.
  struct Block {
    Window window;
    std::vector<std::uint32_t> words;  ///< empty: in the scratch file
    std::uint64_t offset = 0;          ///< there
    std::uint64_t size = 0;            ///< words
  };
  /// Rows of blocks.
  struct Band {
    std::vector<Block> blocks;
    std::int64_t missing = 0;  ///< pixels
  };

  void keep(Band& band, const Window& window, std::vector<std::uint32_t> words);

  RasterInfo m_info;
  PixelSize m_pixel;
  std::vector<ClassEntry> m_classes;
  std::vector<Band> m_bands;
  std::uint64_t m_memory_bytes = 0;
  std::uint64_t m_scratch_bytes = 0;
  ScratchFile m_scratch;
};

}  // namespace orthocover::vectorize
