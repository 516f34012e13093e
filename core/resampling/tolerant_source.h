#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// A scene whose unreadable pixels are pixels without data. A block of the file that can't be read
/// (UnreadablePixels) is invalid from then on; one of an overview is so in that overview and, as the scene
/// below it can't be seen as the overview shows it, in read_validity(). Other errors pass through. All
/// members may be called from several threads at once.
class TolerantSource final : public RasterSource {
 public:
  /// @param stop ends reading between two blocks once it is cancelled; must outlive the object
  TolerantSource(std::unique_ptr<RasterSource> source, const RunContext& stop)
      : m_source(std::move(source)), m_stop(stop) {}

  const RasterInfo& info() const override { return m_source->info(); }
  std::vector<std::string> files() const override { return m_source->files(); }
  void read(const Window& window, int overview, PixelBlock& out) const override;
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override;
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override;

  /// Scene pixels that could not be read so far, each window once, in the order in which they were found.
  std::vector<Window> unreadable() const;

 private:
  template <class Value>
  using ReadAs = void (RasterSource::*)(const Window&, int, PixelBlockOf<Value>&) const;

  template <class Value>
  void read_tolerantly(const Window& window, int overview, PixelBlockOf<Value>& out,
                       ReadAs<Value> read_as) const;
  template <class Read>
  void read_around_holes(const Window& window, int overview, const Read& read) const;
  std::vector<Window> holes_in(const Window& window, int overview) const;
  void note(const Window& hole, int overview) const;
  Window in_scene(const Window& window, int overview) const;

  std::unique_ptr<RasterSource> m_source;
  const RunContext& m_stop;
  mutable std::mutex m_mutex;
  mutable std::map<int, std::vector<Window>> m_holes;  ///< by overview, in its pixels
  mutable std::vector<Window> m_unreadable;
};

/// Windows that cover the same pixels of `extent` as those given, none of them twice; neighbours are joined.
/// In order of rows, then columns.
std::vector<Window> joined(const std::vector<Window>& windows, const Window& extent);

}  // namespace orthocover
