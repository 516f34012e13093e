#pragma once

#include <gtest/gtest.h>

#include "tests/cli/polygon_file.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {

/// A land-cover-like map: four classes (1..4) in winding areas, with speckles.
double land_at(int band, int col, int row);

/// Grass with a roof of 8 x 6 pixels at (10, 10), and no data from (36, 26) on.
double yard_at(int band, int col, int row);

/// A map of one band with names and colours of its own for grass (1) and roof (3), in UTM, pixels of 10 cm.
/// @param value of a pixel
void make_map(const std::string& path, int cols, int rows,
              std::function<double(int, int, int)> value = land_at,
              const std::function<void(Made&)>& change = {});

/// The program on small maps.
class Vectorize : public testing::Test {
 protected:
  /// `vectorize WORDS...`, which has to succeed without a word on standard error.
  void vectorize(std::vector<std::string> words) const;
  /// The only layer of what vectorize() makes of map.tif in `name`.
  PolygonFile made(const std::string& name, const std::vector<std::string>& words) const;

  Workshop shop;
};

}  // namespace orthocover::test
