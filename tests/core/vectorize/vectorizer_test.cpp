#include "core/vectorize/vectorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <set>

#include "core/base/error.h"
#include "core/vectorize/grid_point.h"
#include "tests/core/vectorize/coverage_check.h"
#include "tests/core/vectorize/small_map.h"

namespace orthocover {
namespace {

using test::SmallMap;
using vectorize::VectorizeSettings;

VectorizeSettings plain(bool eight = false, int threads = 1) {
  VectorizeSettings settings;
  settings.eight_connected = eight;
  settings.threads = threads;
  return settings;
}

VectorizeSettings simplified(double tolerance, vectorize::SimplifyMethod method, bool smooth = false) {
  VectorizeSettings settings = plain();
  settings.simplify.tolerance = tolerance;
  settings.simplify.method = method;
  settings.simplify.smooth = smooth;
  return settings;
}

TEST(Vectorizer, MakesWhatGdalPolygonizeMakes) {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const SmallMap map = test::varied_map(seed);
    for (const bool eight : {false, true}) {
      const auto polygons = test::polygons_of(map, plain(eight));
      ASSERT_EQ(test::classes_and_areas(polygons), test::polygonized_by_gdal(map, eight))
          << "seed " << seed << (eight ? ", 8" : ", 4") << "\n"
          << test::text_of(map);
      ASSERT_EQ(test::coverage_fault(polygons), "") << "seed " << seed << "\n" << test::text_of(map);
    }
  }
}

TEST(Vectorizer, EndsWithTheErrorOfTheSourceInAllThreads) {
  const auto fail = [](std::int64_t, std::int64_t row) -> std::uint8_t {
    if (row > 8) throw data_error("row {} is damaged", row);
    return static_cast<std::uint8_t>(1 + row % 2);
  };
  const MemoryClassSource source(memory_raster_info(64, 64, 1, 0.5), fail,
                                 [](std::int64_t, std::int64_t) { return true; });
  VectorizeSettings settings = plain(false, 4);
  settings.strip_rows = 2;
  for (int run = 0; run < 300; ++run) {
    MemoryFeatureSink sink;
    RunContext context;
    try {
      vectorize::vectorize(source, nullptr, settings, sink, context);
      ADD_FAILURE();
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::Data) << error.what();
    }
  }
}

TEST(Vectorizer, DoesNotDependOnStripsAndThreads) {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const SmallMap map = test::varied_map(seed);
    for (const bool eight : {false, true}) {
      VectorizeSettings whole = seed % 3 == 0   ? plain(eight)
                                : seed % 3 == 1 ? simplified(1.5, vectorize::SimplifyMethod::DouglasPeucker)
                                                : simplified(2, vectorize::SimplifyMethod::Visvalingam, true);
      whole.eight_connected = eight;
      const auto expected = test::polygons_of(map, whole);
      for (const std::int64_t rows : {1, 2, 3, 7}) {
        VectorizeSettings cut = whole;
        cut.strip_rows = rows;
        cut.threads = 1 + static_cast<int>(seed % 3);
        ASSERT_TRUE(test::equal(test::polygons_of(map, cut), expected))
            << "seed " << seed << ", strips of " << rows << "\n"
            << test::text_of(map);
      }
    }
  }
}

TEST(Vectorizer, KeepsTheCoverageWhenItSimplifies) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const SmallMap map = test::varied_map(seed);
    const auto exact = test::polygons_of(map, plain());
    // Every kind of map meets every setting.
    const std::uint32_t setting = seed / 8;
    const double tolerance = std::array{0.75, 1.5, 4.0, 100.0}[setting % 4];
    const auto method = setting / 4 % 2 == 0 ? vectorize::SimplifyMethod::DouglasPeucker
                                             : vectorize::SimplifyMethod::Visvalingam;
    const bool smooth = setting / 8 % 2 == 1;
    const auto polygons = test::polygons_of(map, simplified(tolerance, method, smooth));
    ASSERT_EQ(test::coverage_fault(polygons, exact), "")
        << "seed " << seed << ", tolerance " << tolerance << (smooth ? ", smooth" : "") << ", method "
        << static_cast<int>(method) << "\n"
        << test::text_of(map);
  }
}

TEST(Vectorizer, MovesNoBoundaryFartherThanTheTolerance) {
  const SmallMap map = test::patches(30, 24, 4, false, 7);
  const auto exact = test::polygons_of(map, plain());
  const auto polygons = test::polygons_of(map, simplified(2, vectorize::SimplifyMethod::DouglasPeucker));
  EXPECT_LT(test::vertex_count(polygons), test::vertex_count(exact));
  EXPECT_LE(test::largest_distance(exact, polygons), 2.0);
}

TEST(Vectorizer, KeepsTheAreaOfEveryClass) {
  // Single pixels, blobs and noise: what a coarse tolerance would eat.
  SmallMap dots =
      test::drawn({"1111111111", "1211121112", "1111111111", "1112111211", "1111111111", "1211131112"});
  for (const SmallMap& map : {dots, test::patches(120, 100, 3, false, 4), test::noise(60, 60, 4, false, 8)}) {
    for (const auto method :
         {vectorize::SimplifyMethod::DouglasPeucker, vectorize::SimplifyMethod::Visvalingam}) {
      const auto before = test::area_per_class(test::polygons_of(map, plain()));
      for (const auto& [value, area] : test::area_per_class(test::polygons_of(map, simplified(2, method))))
        EXPECT_NEAR(area, before.at(value), 0.01 * before.at(value))
            << value << ", method " << static_cast<int>(method);
    }
  }
}

TEST(Vectorizer, MakesSmoothOutlinesOfStairs) {
  SmallMap map{60, 60, {}};
  for (int i = 0; i < 3600; ++i) {
    const double x = i % 60 - 29.5;
    const double y = i / 60 - 29.5;
    map.values.push_back(x * x + y * y < 25 * 25 ? 2 : 1);
  }
  const auto exact = test::polygons_of(map, plain());
  const auto polygons = test::polygons_of(map, simplified(1, vectorize::SimplifyMethod::DouglasPeucker));
  ASSERT_EQ(polygons.size(), 2U);
  EXPECT_LT(polygons[0].vertices.size(), exact[0].vertices.size() / 3);
  const double before = test::area_per_class(exact).at(2);
  EXPECT_NEAR(test::area_per_class(polygons).at(2), before, 0.01 * before);
}

TEST(Vectorizer, RoundsCornersOfBuildingsCloseToThem) {
  SmallMap map{240, 240, {}};
  for (int i = 0; i < 240 * 240; ++i) {
    const int col = i % 240, row = i / 240;
    map.values.push_back(col >= 20 && col < 220 && row >= 20 && row < 220 ? 2 : 1);
  }
  for (const double tolerance : {0.0, 1.0, 3.0}) {
    const auto polygons =
        test::polygons_of(map, simplified(tolerance, vectorize::SimplifyMethod::DouglasPeucker, true));
    const double area = test::area_per_class(polygons).at(2);
    EXPECT_LT(area, 40000) << "rounded";
    EXPECT_GT(area, 40000 - 40 * std::max(1.0, tolerance * tolerance) * 2) << tolerance;
    EXPECT_EQ(test::coverage_fault(polygons), "");
  }
}

/// A map with rectangles of class 9 in all directions, some touching other things.
SmallMap town(std::uint32_t seed) {
  SmallMap map = test::patches(90, 80, 3, seed % 2 == 0, seed);
  std::mt19937 random(seed);
  for (int building = 0; building < 6; ++building) {
    const double x = random() % 90;
    const double y = random() % 80;
    const double angle = random() % 90 / 57.3;
    const double half_long = 4 + random() % 9;
    const double half_wide = 3 + random() % 6;
    for (std::int64_t row = 0; row < 80; ++row) {
      for (std::int64_t col = 0; col < 90; ++col) {
        const double dx = static_cast<double>(col) + 0.5 - x;
        const double dy = static_cast<double>(row) + 0.5 - y;
        const double u = dx * std::cos(angle) + dy * std::sin(angle);
        const double v = dy * std::cos(angle) - dx * std::sin(angle);
        if (std::abs(u) < half_long && std::abs(v) < half_wide)
          map.at(col, row) = 9;
        else if (seed % 3 == 0 && std::abs(u) < half_long + 3 && std::abs(v) < half_wide + 3)
          map.at(col, row) = 1;
      }
    }
  }
  return map;
}

TEST(Vectorizer, GivesBuildingsRightAngles) {
  for (const double skew : {0.0, 0.5}) {
    SCOPED_TRACE(skew);
    SmallMap map{60, 40, {}};
    for (int i = 0; i < 2400; ++i) {
      const double y = i / 60 - 19.5;
      const double x = i % 60 - 29.5 + y * skew;
      const double u = 0.9397 * x + 0.3420 * y;
      const double v = 0.9397 * y - 0.3420 * x;
      map.values.push_back(std::abs(u) < 12 && std::abs(v) < 7 ? 9 : 1);
    }
    VectorizeSettings settings = simplified(1.5, vectorize::SimplifyMethod::DouglasPeucker);
    settings.right_angled = {9};
    settings.simplify.pixel_skew = skew;
    const auto polygons = test::polygons_of(map, settings);
    ASSERT_EQ(polygons.size(), 2U);
    const auto& corners = polygons[0].vertices;
    ASSERT_EQ(corners.size(), 5U);
    for (std::size_t i = 0; i < 4; ++i) {
      const auto side = [&](std::size_t from) {
        const RasterVertex &a = corners[from], &b = corners[from + 1];
        return settings.simplify.step(b.col - a.col, b.row - a.row);
      };
      const auto [ax, ay] = side(i);
      const auto [bx, by] = side(i + 1 < 4 ? i + 1 : 0);
      EXPECT_NEAR((ax * bx + ay * by) / std::hypot(ax, ay) / std::hypot(bx, by), 0, 0.01);
    }
    EXPECT_NEAR(test::area_per_class(polygons).at(9), 24 * 14, 8);
  }
}

TEST(Vectorizer, KeepsTheCoverageAroundRightAngles) {
  std::size_t different = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const SmallMap map = town(seed);
    VectorizeSettings settings =
        simplified(std::array{1.0, 2.0, 3.5}[seed % 3], vectorize::SimplifyMethod::DouglasPeucker);
    const auto usual = test::polygons_of(map, settings);
    settings.right_angled = {9, static_cast<std::int64_t>(1 + seed % 3)};
    const auto polygons = test::polygons_of(map, settings);
    different += test::equal(polygons, usual) ? 0 : 1;
    ASSERT_EQ(test::coverage_fault(polygons, test::polygons_of(map, plain())), "") << "seed " << seed << "\n"
                                                                                   << test::text_of(map);
    for (const RasterPolygon& polygon : polygons)
      for (const RasterVertex& at : polygon.vertices)
        ASSERT_TRUE(at.col >= 0 && at.row >= 0 && at.col <= map.cols && at.row <= map.rows)
            << "seed " << seed;
    settings.strip_rows = 5;
    ASSERT_TRUE(test::equal(test::polygons_of(map, settings), polygons)) << "seed " << seed;
  }
  // Where other boundaries are near, right angles do not fit.
  EXPECT_GT(different, 15U);
}

TEST(Vectorizer, KeepsBuildingsApartWhoseCornersFaceEachOther) {
  // The corners at 140, 140 are worn off.
  const auto built = [](int x, int y) {
    const int near = std::min(x, y);
    return near >= 20 && std::max(x, y) + (std::max(0, near - 120) + 3) / 4 <= 140;
  };
  SmallMap map{284, 284, {}};
  for (int i = 0; i < 284 * 284; ++i)
    map.values.push_back(built(i % 284, i / 284) || built(280 - i % 284, 280 - i / 284) ? 9 : 1);
  VectorizeSettings settings = simplified(4, vectorize::SimplifyMethod::DouglasPeucker);
  settings.right_angled = {9};
  EXPECT_EQ(test::coverage_fault(test::polygons_of(map, settings), test::polygons_of(map, plain())), "");
}

TEST(Vectorizer, RefusesRastersWhoseCornersItCanNotNumber) {
  const MemoryClassSource long_strip(memory_raster_info(3, 40'000'000, 1, 1),
                                     [](std::int64_t, std::int64_t) { return 1; });
  MemoryFeatureSink sink;
  RunContext context;
  try {
    vectorize::vectorize(long_strip, nullptr, {}, sink, context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Data);
    EXPECT_NE(std::string(error.what()).find("3 x 40000000 px"), std::string::npos) << error.what();
  }
}

TEST(Vectorizer, TakesAsManyRowsAsItCanNumber) {
  EXPECT_NO_THROW(vectorize::check_size(memory_raster_info(3, 2'097'151, 1, 1)));
  EXPECT_THROW(vectorize::check_size(memory_raster_info(3, 2'097'152, 1, 1)), Error);
  EXPECT_EQ(vectorize::to_fine({3, 2'097'151}).y, 2'147'482'624);
}

TEST(Vectorizer, StartsEveryRingAtItsUpperLeftVertexAndClosesIt) {
  const auto polygons = test::polygons_of(test::drawn({"111", "121", "111"}), plain());
  ASSERT_EQ(polygons.size(), 2U);
  EXPECT_EQ(polygons[0].value, 2);
  EXPECT_THAT(polygons[0].vertices,
              testing::ElementsAre(RasterVertex{1, 1}, RasterVertex{2, 1}, RasterVertex{2, 2},
                                   RasterVertex{1, 2}, RasterVertex{1, 1}));
  EXPECT_THAT(polygons[1].ring_ends, testing::ElementsAre(5U, 10U));
  EXPECT_THAT(polygons[1].part_ends, testing::ElementsAre(2U));
}

TEST(Vectorizer, MakesOneFeatureOfWhatTouchesAtCornersWhenAsked) {
  const SmallMap map = test::drawn({"12", "21"});
  EXPECT_EQ(test::polygons_of(map, plain(false)).size(), 4U);
  const auto polygons = test::polygons_of(map, plain(true));
  ASSERT_EQ(polygons.size(), 2U);
  EXPECT_EQ(polygons[0].part_ends.size(), 2U);
}

TEST(Vectorizer, DissolvesPerClass) {
  VectorizeSettings settings = plain();
  settings.dissolve = true;
  const SmallMap map = test::patches(40, 40, 3, true, 3);
  const auto whole = test::polygons_of(map, settings);
  const auto parts = test::polygons_of(map, plain());
  std::set<std::int64_t> values;
  for (const auto& polygon : whole) values.insert(polygon.value);
  EXPECT_EQ(values.size(), whole.size());
  EXPECT_EQ(test::area_per_class(whole), test::area_per_class(parts));
}

TEST(Vectorizer, AveragesConfidenceOverEachFeature) {
  const SmallMap map = test::drawn({"112", "122"});
  const MemoryRasterSource confidence(
      memory_raster_info(3, 2, 1, 1.0),
      [](int, std::int64_t col, std::int64_t row) { return static_cast<float>(10 * row + col); },
      [](std::int64_t col, std::int64_t row) { return col != 1 || row != 1; });
  MemoryFeatureSink sink;
  RunContext context;
  for (const std::int64_t rows : {0, 1}) {
    VectorizeSettings settings = plain();
    settings.strip_rows = rows;
    vectorize::vectorize(test::source_of(map), &confidence, settings, sink, context);
  }
  ASSERT_EQ(sink.polygons().size(), 4U);
  for (const auto& polygon : sink.polygons())
    EXPECT_DOUBLE_EQ(*polygon.confidence, polygon.value == 1 ? 11.0 / 3 : 14.0 / 2) << polygon.value;
}

TEST(Vectorizer, PassesOnWhatTheSinkThrowsAndStopsWhenCancelled) {
  class FullDisk final : public FeatureSink {
   public:
    void write(std::span<const RasterPolygon>) override { throw std::runtime_error("disk full"); }
    void finish() override {}
    void add_to(CommitSteps&) override {}
  };
  class Cancelled final : public RunContext {
   public:
    bool cancelled() const override { return true; }
  };
  const SmallMap map = test::noise(50, 400, 3, false, 1);
  const MemoryClassSource source = test::source_of(map);
  VectorizeSettings settings = plain(false, 2);
  settings.strip_rows = 3;
  FullDisk full;
  RunContext context;
  EXPECT_THROW(vectorize::vectorize(source, nullptr, settings, full, context), std::runtime_error);
  MemoryFeatureSink sink;
  Cancelled cancelled;
  EXPECT_THROW(vectorize::vectorize(source, nullptr, settings, sink, cancelled), Error);
}

}  // namespace
}  // namespace orthocover
