#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "georef/gdal/handle_cache.h"
#include "georef/raster/raster_info.h"

namespace orthocover {

/// Windowed reading of anything that GDAL opens. Every thread that reads at a time has a dataset handle of
/// its own; handles are kept and used again.
///
/// What can't be read is read again block by block, and a block that fails is tried twice more after short
/// pauses through a newly opened file; then it is an UnreadablePixels.
///
/// A pixel is valid while one of its bands has a value. Where another band has none then (no number, or a
/// nodata value far from the band's others), the band's middle value stands for it.
class GdalRasterSource final : public RasterSource {
 public:
  /// @param handles shared with other sources so that together they keep a bounded number of files open
  /// @throws Error, see GeoIo::open_raster
  GdalRasterSource(std::string path, const std::vector<int>& bands,
                   std::shared_ptr<HandleCache> handles = std::make_shared<HandleCache>(),
                   std::optional<double> ground_size_m = {});
  ~GdalRasterSource() override;

  const RasterInfo& info() const override { return m_opened.info; }
  std::vector<std::string> files() const override;
  void read(const Window& window, int overview, PixelBlock& out) const override;
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override;
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override;

 private:
  /// Reads a part of a window through an open dataset.
  using ReadPart = std::function<void(GDALDataset& dataset, const Window& part)>;
  /// Why a part could not be read.
  struct Failure {
    std::string cause;
    ErrorKind kind = ErrorKind::Data;
    bool is_open = false;  ///< the file, as a whole
  };

  /// What becomes of a band's missing values where other bands have some.
  struct BandGap {
    float substitute = 0;
    bool is_nodata_far = false;  ///< else it may well be a value of the band: 0 of a dark pixel
  };

  HandleCache::Lease lease() const;
  void read_patiently(const Window& window, int overview, const ReadPart& read) const;
  void read_block(const Window& block, const Window& part, int overview, const ReadPart& read) const;
  std::optional<Failure> failure_of(const Window& part, const ReadPart& read) const;
  void forget_what_is_open() const;
  template <class Value>
  void read_as(const Window& window, int overview, PixelBlockOf<Value>& out) const;
  template <class Value>
  void fill(GDALDataset& dataset, const Window& window, int overview, PixelBlockOf<Value>& out) const;
  template <class Value>
  void fill_rows(GDALDataset& dataset, const Window& strip, int overview, std::int64_t first_row,
                 PixelBlockOf<Value>& out) const;
  GDALRasterBand& band(GDALDataset& dataset, int number, int overview) const;
  void apply_masks(GDALDataset& dataset, const Window& window, int overview,
                   std::vector<std::uint8_t>& valid) const;
  template <class Value>
  void apply_nodata(PixelBlockOf<Value>& block) const;
  void fill_gaps(GDALDataset& dataset, PixelBlock& block) const;
  const BandGap& gap(GDALDataset& dataset, int band) const;
  bool values_decide() const;

  std::string m_path;
  OpenedRaster m_opened;
  std::vector<Window> m_blocks;  ///< the first block of the full resolution, then of each overview
  std::shared_ptr<HandleCache> m_handles;
  mutable std::once_flag m_gaps_are_known;
  mutable std::vector<BandGap> m_gaps;         ///< by band, once one is met
  mutable std::atomic<int> m_lost_blocks = 0;  ///< since one came back at a further try
};

}  // namespace orthocover
