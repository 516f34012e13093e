#include "tests/core/vectorize/small_map.h"

#include <algorithm>

namespace orthocover::test {

SmallMap drawn(const std::vector<std::string>& lines) {
  SmallMap map{static_cast<std::int64_t>(lines.front().size()), static_cast<std::int64_t>(lines.size()), {}};
  for (const std::string& line : lines) {
    for (const char c : line) map.values.push_back(static_cast<std::uint8_t>(c - '0'));
  }
  return map;
}

SmallMap noise(std::int64_t cols, std::int64_t rows, int classes, bool with_nodata, std::uint32_t seed) {
  std::mt19937 random(seed);
  SmallMap map{cols, rows, std::vector<std::uint8_t>(static_cast<std::size_t>(cols * rows))};
  const int first = with_nodata ? 0 : 1;
  for (std::uint8_t& value : map.values)
    value = static_cast<std::uint8_t>(
        first + static_cast<int>(random() % static_cast<unsigned>(classes + 1 - first)));
  return map;
}

SmallMap patches(std::int64_t cols, std::int64_t rows, int classes, bool with_nodata, std::uint32_t seed) {
  SmallMap map = noise(cols, rows, classes, with_nodata, seed);
  std::mt19937 random(seed + 1);
  const int rounds = 1 + static_cast<int>(random() % 4);
  for (int round = 0; round < rounds; ++round) {
    for (std::int64_t i = 0; i < 2 * cols * rows; ++i) {
      const auto col = static_cast<std::int64_t>(random() % static_cast<unsigned>(cols));
      const auto row = static_cast<std::int64_t>(random() % static_cast<unsigned>(rows));
      const std::int64_t to_col =
          std::clamp<std::int64_t>(col + static_cast<std::int64_t>(random() % 3) - 1, 0, cols - 1);
      const std::int64_t to_row =
          std::clamp<std::int64_t>(row + static_cast<std::int64_t>(random() % 3) - 1, 0, rows - 1);
      map.at(to_col, to_row) = map.at(col, row);
    }
  }
  return map;
}

namespace {

SmallMap spiral(std::int64_t side) {
  SmallMap map{side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), 1)};
  std::int64_t col = 0;
  std::int64_t row = 0;
  std::int64_t dc = 1;
  std::int64_t dr = 0;
  const auto is_free = [&](std::int64_t c, std::int64_t r) {
    return c >= 0 && r >= 0 && c < side && r < side && map.at(c, r) == 1;
  };
  for (int turns = 0; turns < 2;) {
    map.at(col, row) = 2;
    if (is_free(col + dc, row + dr) && (is_free(col + 2 * dc, row + 2 * dr) || col + 2 * dc < 0 ||
                                        row + 2 * dr < 0 || col + 2 * dc >= side || row + 2 * dr >= side)) {
      turns = 0;
      col += dc;
      row += dr;
    } else {
      ++turns;
      std::swap(dc, dr);
      dc = -dc;
    }
  }
  return map;
}

SmallMap rings(std::int64_t side, int classes) {
  SmallMap map{side, side, {}};
  for (std::int64_t row = 0; row < side; ++row) {
    for (std::int64_t col = 0; col < side; ++col) {
      const std::int64_t depth = std::min({row, col, side - 1 - row, side - 1 - col});
      map.values.push_back(static_cast<std::uint8_t>(1 + depth % classes));
    }
  }
  return map;
}

SmallMap checkers(std::int64_t side) {
  SmallMap map{side, side, {}};
  for (std::int64_t i = 0; i < side * side; ++i)
    map.values.push_back(static_cast<std::uint8_t>(1 + (i % side + i / side) % 2));
  return map;
}

}  // namespace

SmallMap varied_map(std::uint32_t seed) {
  const auto size = [&](unsigned shift) {
    return static_cast<std::int64_t>(1 + (seed * 2654435761U >> shift) % 23);
  };
  const int classes = 1 + static_cast<int>(seed / 8 % 5);
  switch (seed % 8) {
    case 0:
      return noise(size(7), size(13), classes, false, seed);
    case 1:
      return noise(size(7), size(13), classes, true, seed);
    case 2:
    case 3:
      return patches(size(7) + 8, size(13) + 8, classes + 1, false, seed);
    case 4:
    case 5:
      return patches(size(7) + 8, size(13) + 8, classes + 1, true, seed);
    case 6:
      return seed % 16 == 6 ? spiral(size(9)) : rings(size(9), classes);
    default:
      return checkers(size(9));
  }
}

MemoryClassSource source_of(const SmallMap& map) {
  return MemoryClassSource(
      memory_raster_info(map.cols, map.rows, 1, 1.0),
      [&map](std::int64_t col, std::int64_t row) { return map.at(col, row); },
      [&map](std::int64_t col, std::int64_t row) { return map.at(col, row) != 0; });
}

std::vector<RasterPolygon> polygons_of(const SmallMap& map, const vectorize::VectorizeSettings& settings) {
  const MemoryClassSource source = source_of(map);
  MemoryFeatureSink sink;
  RunContext context;
  vectorize::vectorize(source, nullptr, settings, sink, context);
  return sink.polygons();
}

}  // namespace orthocover::test
