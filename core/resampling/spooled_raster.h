#pragma once

#include <atomic>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/base/scratch_file.h"
#include "core/resampling/pixel_tile.h"

namespace orthocover {

/// A scene whose pixels can be had only in their order, as those of a JPEG: they are decoded once, as far as
/// is wanted, into a scratch file, from which any window comes at once. All members may be called from
/// several threads.
class SpooledRaster final : public RasterSource {
 public:
  /// Whether a file is better read so: of such a kind, and too large to be held decoded.
  static bool suits(const RasterInfo& info) {
    return (info.driver == "JPEG" || info.driver == "PNG") && info.cols * info.rows > kMostHeldPx;
  }

  /// @param folder where there should be room for bytes(); without it pixels come from the source again
  /// @param run is warned then, and ends decoding once it is cancelled; must outlive the object
  SpooledRaster(std::unique_ptr<RasterSource> source, std::filesystem::path folder, RunContext& run);

  /// Of the scratch file, the decoded overviews not counted.
  std::uint64_t bytes() const { return bytes_of_copy(-1); }

  /// That of the source, but for the blocks.
  const RasterInfo& info() const override { return m_info; }
  std::vector<std::string> files() const override { return m_source->files(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    read_as(window, overview, out);
  }
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override {
    read_as(window, overview, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    valid = tile(window, -1).valid;
    valid.resize(static_cast<std::size_t>(window.pixels()), 1);  // none: all are
  }

 private:
  static constexpr std::int64_t kMostHeldPx = 64 << 20;

  /// The scene or an overview of it, @shape [bands, rows, cols] of the depth, then the validity.
  struct Copy {
    std::uint64_t offset = 0;               ///< in the scratch file
    std::atomic<std::int64_t> decoded = 0;  ///< rows
    bool is_broken = false;                 ///< the next one can't be decoded
  };

  Copy& copy_of(int overview) const { return m_copies[static_cast<std::size_t>(overview + 1)]; }
  std::uint64_t bytes_of_copy(int overview) const;
  bool decode(int overview, std::int64_t rows) const;
  PixelTile tile(const Window& window, int overview) const;
  template <class Visit>
  void for_each_plane(PixelTile& tile, int overview, Visit visit) const;
  template <class Value>
  void read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const {
    out.resize(static_cast<int>(m_info.bands.size()), window.cols, window.rows);
    tile(window, overview).unpack(window, out);
  }

  std::unique_ptr<RasterSource> m_source;
  RunContext& m_run;
  RasterInfo m_info;
  PixelDepth m_depth;
  mutable ScratchFile m_scratch;
  mutable std::deque<Copy> m_copies;  ///< the scene, then its overviews
  mutable std::mutex m_decoding;
};

}  // namespace orthocover
