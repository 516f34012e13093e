#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/ports/class_source.h"

namespace orthocover::vectorize {

/// The pixels of a sheet, counted from the first pixel of another.
/// @throws Error{Data} when it has another CRS, another pixel size, or pixels between those of the first
Window place_on_grid(const RasterInfo& sheet, const RasterInfo& first);

/// Several maps on one grid as one. Where sheets overlap the first one that has a class there counts; between
/// them is no class. Of the ground between sheets that lie far apart only a margin is kept, so that maps of
/// different places cost what they have of pixels and not what lies between them.
class SheetMosaic final : public ClassSource {
 public:
  /// @throws Error{Data} of place_on_grid()
  explicit SheetMosaic(std::vector<std::unique_ptr<ClassSource>> sheets);

  const RasterInfo& info() const override { return m_info; }
  /// The mean over all sheets.
  PixelSize pixel_size() const override { return m_pixel_size; }
  const std::vector<ClassEntry>& classes() const override { return m_classes; }
  void read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const override;
  std::int64_t value_of(std::uint16_t code) const override;
  std::span<const LeftOut> left_out_cols() const override { return m_left_out_cols; }
  std::span<const LeftOut> left_out_rows() const override { return m_left_out_rows; }

 private:
  struct Sheet {
    std::unique_ptr<ClassSource> source;
    std::int64_t col = 0;  ///< its upper left pixel in the mosaic
    std::int64_t row = 0;
    mutable std::vector<std::uint16_t> codes;  ///< of the mosaic, by the sheet's; kNoCode: not met yet
  };

  void frame();
  std::vector<LeftOut> close_gaps(std::int64_t Sheet::*position, std::int64_t RasterInfo::*size);
  void measure();
  std::uint16_t code_for(const Sheet& sheet, std::uint16_t code) const;

  std::vector<Sheet> m_sheets;
  std::vector<LeftOut> m_left_out_cols;
  std::vector<LeftOut> m_left_out_rows;
  RasterInfo m_info;
  PixelSize m_pixel_size;
  std::vector<ClassEntry> m_classes;
  mutable std::mutex m_mutex;
  mutable std::vector<std::int64_t> m_values;  ///< by code - 1
};

}  // namespace orthocover::vectorize
