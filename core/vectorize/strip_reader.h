#pragma once

#include <optional>

#include "core/ports/class_source.h"
#include "core/ports/raster_source.h"
#include "core/vectorize/strip.h"

namespace orthocover::vectorize {

/// Gives the strips of a class raster as runs, from top to bottom. Not thread-safe.
class StripReader {
 public:
  StripReader(const ClassSource& source, std::int64_t strip_rows);

  std::int64_t strips() const { return m_strips; }
  /// The next strip, with its context row.
  ClassRows next();

 private:
  const ClassSource& m_source;
  std::int64_t m_strip_rows;
  std::int64_t m_strips;
  std::int64_t m_next = 0;
  ClassRows m_context{-1};  ///< the last row read
  std::vector<std::uint16_t> m_pixels;
};

/// Confidence of the rows of a strip.
/// @param rows context row first
StripConfidence read_confidence(const RasterSource& source, const ClassRows& rows);

}  // namespace orthocover::vectorize
