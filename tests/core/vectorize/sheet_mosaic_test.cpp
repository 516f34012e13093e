#include "core/vectorize/sheet_mosaic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "core/base/error.h"
#include "tests/core/vectorize/coverage_check.h"
#include "tests/core/vectorize/small_map.h"

namespace orthocover {
namespace {

/// A part of a map as a sheet of its own, shifted by `off` pixels.
std::unique_ptr<ClassSource> sheet(const test::SmallMap& map, const Window& part, double off = 0) {
  RasterInfo info = memory_raster_info(part.cols, part.rows, 1, 0.5);
  info.path = "sheet.tif";
  info.georeference.crs_wkt = "LOCAL_CS[\"site\"]";
  info.georeference.geotransform = {1000 + 0.5 * (static_cast<double>(part.col) + off), 0.5, 0,
                                    2000 - 0.5 * static_cast<double>(part.row),         0,   -0.5};
  return std::make_unique<MemoryClassSource>(
      info,
      [&map, part](std::int64_t col, std::int64_t row) { return map.at(part.col + col, part.row + row); },
      [&map, part](std::int64_t col, std::int64_t row) {
        return map.at(part.col + col, part.row + row) != 0;
      });
}

std::vector<std::unique_ptr<ClassSource>> sheets_of(std::unique_ptr<ClassSource> a,
                                                    std::unique_ptr<ClassSource> b) {
  std::vector<std::unique_ptr<ClassSource>> sheets;
  sheets.push_back(std::move(a));
  sheets.push_back(std::move(b));
  return sheets;
}

void expect_refusal(std::vector<std::unique_ptr<ClassSource>> sheets, const std::string& words) {
  try {
    vectorize::SheetMosaic mosaic(std::move(sheets));
    FAIL() << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Data);
    EXPECT_THAT(error.what(), testing::HasSubstr(words));
  }
}

TEST(SheetMosaic, HoldsTheValuesOfEverySheet) {
  const test::SmallMap map = test::patches(4, 4, 2, true, 1);
  auto wide = sheet(map, {2, 0, 2, 4});
  const_cast<RasterInfo&>(wide->info()).bands.front().data_type = "UInt32";
  const vectorize::SheetMosaic mosaic(sheets_of(sheet(map, {0, 0, 2, 4}), std::move(wide)));
  EXPECT_EQ(mosaic.info().bands.front().data_type, "Int64");
  EXPECT_EQ(mosaic.info().path, "sheet.tif and 1 more");
}

TEST(SheetMosaic, GivesThePolygonsOfTheWholeMap) {
  const test::SmallMap map = test::patches(40, 30, 4, true, 11);
  // Overlapping by a few columns, the right one first.
  const vectorize::SheetMosaic mosaic(sheets_of(sheet(map, {15, 0, 25, 30}), sheet(map, {0, 0, 18, 30})));
  EXPECT_EQ(mosaic.info().cols, 40);
  EXPECT_EQ(mosaic.info().georeference.geotransform->at(0), 1000);
  MemoryFeatureSink sink;
  RunContext context;
  vectorize::vectorize(mosaic, nullptr, {}, sink, context);
  EXPECT_TRUE(test::equal(sink.polygons(), test::polygons_of(map, {})));
}

TEST(SheetMosaic, LeavesOutWhatLiesBetweenFarSheetsButNotInVertices) {
  const test::SmallMap map = test::patches(40, 30, 4, true, 11);
  const auto far_sheet = [&](std::int64_t col, std::int64_t row) {
    RasterInfo info = sheet(map, {0, 0, 40, 30})->info();
    info.georeference.geotransform->at(0) += 0.5 * static_cast<double>(col);
    info.georeference.geotransform->at(3) -= 0.5 * static_cast<double>(row);
    return std::make_unique<MemoryClassSource>(
        info, [&map](std::int64_t x, std::int64_t y) { return map.at(x, y); },
        [&map](std::int64_t x, std::int64_t y) { return map.at(x, y) != 0; });
  };
  std::vector<std::unique_ptr<ClassSource>> sheets;
  sheets.push_back(far_sheet(10'000'000, 100));
  sheets.push_back(far_sheet(0, 20'000'000'000));
  sheets.push_back(far_sheet(300, 20'000'000'000));
  const vectorize::SheetMosaic mosaic(std::move(sheets));
  EXPECT_LT(mosaic.info().cols, 1000);
  EXPECT_LT(mosaic.info().rows, 1000);
  MemoryFeatureSink sink;
  RunContext context;
  vectorize::vectorize(mosaic, nullptr, {}, sink, context);
  const std::vector<RasterPolygon> one = test::polygons_of(map, {});
  ASSERT_EQ(sink.polygons().size(), 3 * one.size());
  std::vector<RasterPolygon> expected;
  for (const auto& [col, row] :
       {std::pair(10'000'000.0, 0.0), {0.0, 19'999'999'900.0}, {300.0, 19'999'999'900.0}}) {
    for (RasterPolygon polygon : one) {
      for (RasterVertex& vertex : polygon.vertices) vertex.col += col, vertex.row += row;
      expected.push_back(std::move(polygon));
    }
  }
  std::vector<RasterPolygon> made = sink.polygons();
  const auto place = [](const RasterPolygon& polygon) {
    return std::tuple(polygon.vertices[0].row, polygon.vertices[0].col, polygon.value);
  };
  std::ranges::sort(made, {}, place);
  std::ranges::sort(expected, {}, place);
  EXPECT_TRUE(test::equal(made, expected));
}

TEST(SheetMosaic, RefusesSheetsThatDoNotFit) {
  const test::SmallMap map = test::patches(40, 30, 4, true, 11);
  expect_refusal(sheets_of(sheet(map, {0, 0, 20, 30}), sheet(map, {20, 0, 20, 30}, 0.3)), "off by 0.30");
  RasterInfo coarse = memory_raster_info(5, 5, 1, 1.0);
  coarse.georeference.crs_wkt = "LOCAL_CS[\"site\"]";
  coarse.georeference.geotransform = {1000, 1, 0, 2000, 0, -1};
  const auto one = [](std::int64_t, std::int64_t) { return std::int64_t{1}; };
  expect_refusal(sheets_of(sheet(map, {0, 0, 20, 30}), std::make_unique<MemoryClassSource>(coarse, one)),
                 "another size or direction");
  coarse.georeference.crs_wkt = "LOCAL_CS[\"other\"]";
  coarse.crs_name = "other";
  expect_refusal(sheets_of(sheet(map, {0, 0, 20, 30}), std::make_unique<MemoryClassSource>(coarse, one)),
                 "has the CRS other");
  coarse.georeference.geotransform.reset();
  expect_refusal(sheets_of(std::make_unique<MemoryClassSource>(coarse, one), sheet(map, {0, 0, 20, 30})),
                 "no geotransform");
}

}  // namespace
}  // namespace orthocover
