#include "core/metrics/map_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "core/base/error.h"
#include "core/metrics/stratified_points.h"
#include "core/ports/memory_raster.h"

namespace orthocover {
namespace {

using Formula = std::function<std::uint8_t(std::int64_t col, std::int64_t row)>;

/// A map by a formula.
class MadeMap final : public MapSource {
 public:
  MadeMap(std::int64_t cols, std::int64_t rows, Formula value)
      : m_info(memory_raster_info(cols, rows, 1, 0.1)), m_value(std::move(value)) {}

  const RasterInfo& info() const override { return m_info; }
  const std::optional<Legend>& legend() const override { return m_legend; }
  void read(const Window& window, std::vector<std::uint8_t>& values) const override {
    values.clear();
    for (std::int64_t row = window.row; row < window.bottom(); ++row) {
      for (std::int64_t col = window.col; col < window.right(); ++col) values.push_back(m_value(col, row));
    }
  }

 private:
  RasterInfo m_info;
  std::optional<Legend> m_legend;
  Formula m_value;
};

/// Labels by a formula, in two regions unless others are given: left and right half.
class MadeReference final : public LabelSource {
 public:
  MadeReference(std::int64_t cols, std::int64_t rows, Formula label, std::vector<LabelledRegion> regions = {})
      : m_regions(std::move(regions)), m_label(std::move(label)) {
    if (m_regions.empty())
      m_regions = {{"left", {0, 0, cols / 2, rows}}, {"right", {cols / 2, 0, cols - cols / 2, rows}}};
  }

  void read(const Window& window, std::int64_t /*cols*/, std::int64_t /*rows*/,
            std::vector<std::uint8_t>& labels) const override {
    labels.clear();
    for (std::int64_t row = window.row; row < window.bottom(); ++row) {
      for (std::int64_t col = window.col; col < window.right(); ++col) labels.push_back(m_label(col, row));
    }
  }
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  std::vector<LabelledPiece> m_pieces;
  std::vector<LabelledRegion> m_regions;
  Formula m_label;
};

const Legend& legend() {
  static const Legend kLegend({{1, "grass", {}, ""}, {3, "roof", {}, ""}});
  return kLegend;
}

TEST(MapEvaluation, CountsEveryLabelledPixelOnceOverManyBlocks) {
  constexpr std::int64_t kCols = 2500;
  constexpr std::int64_t kRows = 1100;
  const MadeMap map(kCols, kRows, [](std::int64_t col, std::int64_t) { return col < 1300 ? 1 : 3; });
  const MadeReference labels(kCols, kRows, [](std::int64_t col, std::int64_t row) {
    return row < 100 ? kIgnoreLabel : col < 1250 ? 0 : 1;
  });
  RunContext context;
  MapEvaluation evaluation(2);
  evaluation.boundary.set_tolerance(3);
  evaluate_map(map, labels, nullptr, legend(), "m", evaluation, context);
  EXPECT_EQ(evaluation.matrix.total(), 2500U * 1000);
  EXPECT_EQ(evaluation.matrix.count(0, 0), 1250U * 1000);
  EXPECT_EQ(evaluation.matrix.count(1, 0), 50U * 1000);
  EXPECT_EQ(*evaluation.boundary.f_score(0), 0) << "the border is 50 px off";
  ASSERT_EQ(evaluation.regions.size(), 2U);
  EXPECT_EQ(evaluation.regions[0].first, "m:left");
  EXPECT_DOUBLE_EQ(*evaluation.regions[0].second.accuracy(), 1);
  EXPECT_DOUBLE_EQ(*evaluation.regions[1].second.accuracy(), 1200.0 / 1250);
  evaluate_map(map, labels, nullptr, legend(), "m", evaluation, context);
  EXPECT_EQ(evaluation.regions.size(), 4U) << "another map of the same name";
  evaluate_map(map, labels, nullptr, legend(), "coarse", evaluation, context, 4);
  EXPECT_EQ(evaluation.matrix.count(1, 0), (1 + 1 + 4) * 50U * 1000) << "by the ground that its pixels cover";
  EXPECT_EQ(evaluation.regions[0].second.total(), 1250U * 1000);
  EXPECT_EQ(evaluation.regions[4].second.total(), 4 * 1250U * 1000);
}

TEST(MapEvaluation, KnowsWhetherRegionsHoldEachPixelOnce) {
  const MadeMap map(10, 10, [](std::int64_t, std::int64_t) { return 1; });
  const auto hold_all = [&](const std::vector<LabelledRegion>& regions) {
    RunContext context;
    MapEvaluation evaluation(2);
    const MadeReference labels(
        10, 10, [](std::int64_t, std::int64_t) { return 0; }, regions);
    evaluate_map(map, labels, nullptr, legend(), "m", evaluation, context, 0.3);
    return evaluation.regions_hold_all;
  };
  EXPECT_TRUE(hold_all({}));
  EXPECT_FALSE(hold_all({{"a", {0, 0, 6, 10}}, {"b", {4, 0, 4, 10}}})) << "as many are outside as in both";
}

TEST(MapEvaluation, LeavesUnmappedPixelsOutAndSaysHowMany) {
  const MadeMap map(10, 10, [](std::int64_t col, std::int64_t) { return col < 2 ? 0 : 1; });
  const MadeReference labels(10, 10, [](std::int64_t, std::int64_t) { return 0; });
  RunContext context;
  MapEvaluation evaluation(2);
  evaluate_map(map, labels, nullptr, legend(), "m", evaluation, context);
  EXPECT_EQ(evaluation.matrix.total(), 80U);
  EXPECT_EQ(evaluation.unmapped, 20U);
}

TEST(MapEvaluation, ReadsTheConfidence) {
  const MadeMap map(10, 10, [](std::int64_t, std::int64_t) { return 1; });
  const MadeReference labels(10, 10, [](std::int64_t col, std::int64_t) { return col < 8 ? 0 : 1; });
  const MemoryRasterSource confidence(memory_raster_info(10, 10, 1, 0.1),
                                      [](int, std::int64_t, std::int64_t) { return 90.0F; });
  RunContext context;
  MapEvaluation evaluation(2);
  evaluate_map(map, labels, &confidence, legend(), "m", evaluation, context);
  EXPECT_NEAR(*evaluation.calibration.expected_error(), 0.1, 1e-9);
  const MemoryRasterSource share(memory_raster_info(10, 10, 1, 0.1),
                                 [](int, std::int64_t, std::int64_t) { return 0.9F; });
  EXPECT_THROW(evaluate_map(map, labels, &share, legend(), "m", evaluation, context), Error) << "no percent";
}

TEST(MapEvaluation, RefusesUnknownValuesAndLabelsBesideTheMap) {
  const auto refusal = [](const Formula& value, const Formula& label) -> std::string {
    RunContext context;
    MapEvaluation evaluation(2);
    try {
      evaluate_map(MadeMap(10, 10, value), MadeReference(10, 10, label), nullptr, legend(), "m", evaluation,
                   context);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  const auto always = [](std::uint8_t value) {
    return [value](std::int64_t, std::int64_t) { return value; };
  };
  EXPECT_THAT(refusal(always(2), always(0)), testing::HasSubstr("value 2 is not in the legend"));
  EXPECT_THAT(refusal(always(1), always(kIgnoreLabel)),
              testing::HasSubstr("no labelled pixel lies on the map"));
}

TEST(StratifiedPoints, AreDrawnWithoutRepetitionInsideTheirClass) {
  const MadeMap map(100, 50, [](std::int64_t col, std::int64_t) { return col < 10 ? 3 : col < 20 ? 0 : 1; });
  RunContext context;
  const std::vector<std::uint64_t> counts = count_values(map, legend(), context);
  EXPECT_EQ(counts[3], 500U);
  EXPECT_EQ(counts[1], 4000U);
  std::vector<std::int64_t> wanted(256);
  wanted[1] = 200;
  wanted[3] = 1000;
  const std::vector<SamplePoint> points = draw_points(map, counts, wanted, 7, context);
  EXPECT_EQ(points.size(), 700U) << "a class with too few pixels gives all of them";
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  double mean_col = 0;
  for (const SamplePoint& point : points) {
    places.emplace(point.col, point.row);
    EXPECT_EQ(point.map_value, point.col < 10 ? 3 : 1);
    if (point.map_value == 1) mean_col += static_cast<double>(point.col) / 200;
  }
  EXPECT_EQ(places.size(), points.size());
  EXPECT_NEAR(mean_col, 59.5, 5) << "even over the class";
  const std::vector<SamplePoint> again = draw_points(map, counts, wanted, 7, context);
  EXPECT_TRUE(std::ranges::equal(points, again, [](const SamplePoint& a, const SamplePoint& b) {
    return a.col == b.col && a.row == b.row;
  }));
  EXPECT_FALSE(std::ranges::is_sorted(points, {}, &SamplePoint::map_value)) << "the order tells nothing";
}

}  // namespace
}  // namespace orthocover
