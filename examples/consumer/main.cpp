// Turns a class raster in memory into polygons that share their borders, and counts them.
#include <cstdio>

#include "core/ports/memory_classes.h"
#include "core/ports/memory_features.h"
#include "core/vectorize/vectorizer.h"

int main() {
  orthocover::RasterInfo size;
  size.cols = 300;
  size.rows = 200;
  const orthocover::MemoryClassSource map(
      size, [](std::int64_t col, std::int64_t row) { return col / 100 + row / 100; });
  orthocover::MemoryFeatureSink polygons;
  orthocover::RunContext context;
  orthocover::vectorize::vectorize(map, nullptr, {}, polygons, context);
  std::printf("%zu polygons\n", polygons.polygons().size());
}
