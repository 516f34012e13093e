#pragma once

#include <optional>

#include "core/ports/class_source.h"
#include "core/ports/raster_source.h"
#include "core/vectorize/region_sieve.h"
#include "core/vectorize/strip.h"

namespace orthocover::vectorize {

/// Gives the strips of a class raster as runs, from top to bottom. Not thread-safe.
class StripReader {
 public:
  /// @param sieve one that has solved the same strips, and is to be applied; may be null
  StripReader(const ClassSource& source, std::int64_t strip_rows, const RegionSieve* sieve = nullptr);

  std::int64_t strips() const { return m_strips; }
  /// The next strip, with its context row.
  ClassRows next();

 private:
  ClassRows read();

  const ClassSource& m_source;
  std::int64_t m_strip_rows;
  std::int64_t m_strips;
  std::int64_t m_next = 0;
  ClassRows m_context{-1};  ///< the last row read
  const RegionSieve* m_sieve;
  ClassRows m_sieved_context{-1};  ///< the last row after sieving
  std::vector<std::uint16_t> m_pixels;
};

/// Confidence of the rows of a strip.
/// @param rows context row first
StripConfidence read_confidence(const RasterSource& source, const ClassRows& rows);

}  // namespace orthocover::vectorize
