#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/ports/raster_sink.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// A raster held in memory, or computed from a formula: the in-memory twin of a raster file.
class MemoryRasterSource final : public RasterSource {
 public:
  /// @param value (band, col, row) -> pixel value
  /// @param valid (col, row) -> validity; empty: everywhere
  MemoryRasterSource(RasterInfo info, std::function<float(int, std::int64_t, std::int64_t)> value,
                     std::function<bool(std::int64_t, std::int64_t)> valid = {});

  const RasterInfo& info() const override { return m_info; }
  void read(const Window& window, int overview, PixelBlock& out) const override;
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override;

 private:
  RasterInfo m_info;
  std::function<float(int, std::int64_t, std::int64_t)> m_value;
  std::function<bool(std::int64_t, std::int64_t)> m_valid;
};

/// Keeps what is written: the in-memory twin of a raster file under construction.
class MemoryRasterSink final : public RasterSink {
 public:
  explicit MemoryRasterSink(const RasterSpec& spec);

  void write(const Window& window, int band, std::span<const std::uint8_t> pixels) override;
  void finish(const ValueCounts& counts) override;
  void add_to(CommitSteps&) override { m_committed = true; }
  std::string finished_path() const override { return "memory"; }

  /// @shape [bands, rows, cols]
  const std::vector<std::uint8_t>& pixels() const { return m_pixels; }
  /// How often each pixel of band 0 was written. @shape [rows, cols]
  const std::vector<std::uint8_t>& writes() const { return m_writes; }
  const ValueCounts& counts() const { return m_counts; }
  bool committed() const { return m_committed; }

 private:
  RasterSpec m_spec;
  std::vector<std::uint8_t> m_pixels;
  std::vector<std::uint8_t> m_writes;
  ValueCounts m_counts{};
  bool m_committed = false;
};

/// A RasterInfo for made-up scenes, whose values are of the type: 1 pixel = `ground_size_m`.
RasterInfo memory_raster_info(std::int64_t cols, std::int64_t rows, int bands, double ground_size_m,
                              const std::string& data_type = "Byte");

}  // namespace orthocover
