#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/ports/memory_classes.h"
#include "core/ports/memory_features.h"
#include "core/ports/memory_raster.h"
#include "core/vectorize/vectorizer.h"

namespace orthocover::test {

/// A class raster whose every value is at hand. 0 is no class.
struct SmallMap {
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::vector<std::uint8_t> values;

  std::uint8_t at(std::int64_t col, std::int64_t row) const {
    return values[static_cast<std::size_t>(row * cols + col)];
  }
  std::uint8_t& at(std::int64_t col, std::int64_t row) {
    return values[static_cast<std::size_t>(row * cols + col)];
  }
};

/// From lines of digits.
SmallMap drawn(const std::vector<std::string>& lines);
/// Independent pixels, `classes` classes and (if 0 is wanted) holes in the data.
SmallMap noise(std::int64_t cols, std::int64_t rows, int classes, bool with_nodata, std::uint32_t seed);
/// Pieces of land: noise grown over a few pixels.
SmallMap patches(std::int64_t cols, std::int64_t rows, int classes, bool with_nodata, std::uint32_t seed);
/// Different kinds of maps in turn: noise, patches, checkers, spirals, nested rings, stripes.
SmallMap varied_map(std::uint32_t seed);

MemoryClassSource source_of(const SmallMap& map);

/// All polygons of a map.
std::vector<RasterPolygon> polygons_of(const SmallMap& map, const vectorize::VectorizeSettings& settings);

}  // namespace orthocover::test
