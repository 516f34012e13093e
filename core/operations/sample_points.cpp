#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <numeric>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/metrics/area_estimate.h"
#include "core/metrics/map_evaluation.h"
#include "core/metrics/stratified_points.h"
#include "core/operation/run_record.h"
#include "core/operations/results/report_entries.h"
#endif

namespace orthocover::operations {
namespace {

struct SamplePointsOptions {
  std::string map;
  std::string output;
  int points = 0;
  double standard_error = 0.01;
  double expected_accuracy = 0.8;
  std::string allocation = "proportional";
  int minimum = 30;
  std::optional<std::string> legend;
  int seed = 1;
  bool overwrite = false;
};

using Options = SamplePointsOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("sample-points")
      .summary("Draw random points for judging a map")
      .title("Random points for judging a map")
      .group("Accuracy")
      .tags({"stratified", "sampling", "validation", "reference points"})
      .description(
          "Draws points at random inside each class of a map, in a number that reaches the wanted standard "
          "error of the overall accuracy. Look every point up, in the orthophoto or in the field, and fill "
          "the class's value or name into the field `reference`, in QGIS for example. An evaluation then "
          "estimates the area of every class and the accuracies with confidence intervals.\n\n"
          "Every class gets a minimum of points, so that rare ones can be judged at all. Hide the fields "
          "map_value and map_name while you look points up.")
      .example("orthocover sample-points map.tif points.gpkg", "points for a standard error of 1 %")
      .example("orthocover sample-points --points 300 --allocation equal map.tif points.gpkg",
               "300 points, equally many of each class");
  table.add("map", &Options::map, Kind::RasterIn, "Land-cover map")
      .positional()
      .required()
      .label("Land-cover map");
  table.add("output", &Options::output, Kind::VectorOut, "GeoPackage of the points")
      .positional()
      .required()
      .label("Points");
  table
      .add("points", &Options::points, Kind::Number,
           "Number of points; 0: as many as the standard error asks for")
      .range(0, 1e6)
      .label("Number of points");
  table
      .add("standard-error", &Options::standard_error, Kind::Number,
           "Wanted standard error of the overall accuracy")
      .range(0.001, 0.2)
      .label("Wanted standard error");
  table
      .add("expected-accuracy", &Options::expected_accuracy, Kind::Number,
           "Share of each class's pixels that is expected to be right")
      .range(0.5, 0.99)
      .label("Expected accuracy")
      .advanced();
  table
      .add("allocation", &Options::allocation, Kind::Choice,
           "How the points are shared out among the classes")
      .choices({"proportional", "equal"})
      .label("Allocation");
  table.add("minimum", &Options::minimum, Kind::Number, "Least points of a class that the map has")
      .range(2, 10000)
      .label("Least points per class")
      .advanced();
  table.add("legend", &Options::legend, Kind::FileIn, "JSON file of the classes; the map's own if not given")
      .label("Legend")
      .advanced();
  table.add("seed", &Options::seed, Kind::Number, "Start of the random numbers")
      .at_least(0)
      .label("Random seed")
      .advanced();
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing file")
      .label("Overwrite an existing file")
      .advanced();
}

#ifdef ORTHOCOVER_ENGINE

/// Pixels of each class of the legend, all others left out.
std::vector<double> areas_of(const Legend& legend, const std::vector<std::uint64_t>& counts) {
  std::vector<double> areas;
  for (const LegendClass& entry : legend.classes()) areas.push_back(static_cast<double>(counts[entry.value]));
  return areas;
}

/// Points of each class: as many as were asked for, or as reach the standard error.
std::vector<std::int64_t> shares_of(const Options& options, const std::vector<double>& pixels,
                                    const std::vector<double>& accuracy) {
  const Allocation allocation = options.allocation == "equal" ? Allocation::Equal : Allocation::Proportional;
  const auto share = [&](std::int64_t points) {
    return allocate_pixels(points, pixels, accuracy, allocation, options.minimum);
  };
  if (options.points > 0) return share(options.points);
  // Equation 13 is for the best allocation; others and the minimum need more.
  std::int64_t least = sample_size(pixels, accuracy, options.standard_error);
  auto most = static_cast<std::int64_t>(std::accumulate(pixels.begin(), pixels.end(), 0.0));
  while (least < most) {
    const std::int64_t middle = least + (most - least) / 2;
    if (expected_error(share(middle), pixels, accuracy) <= options.standard_error)
      most = middle;
    else
      least = middle + 1;
  }
  return share(least);
}

OperationResult run(const Options& options, OperationContext& context) {
  check_output_path(options.output, options.overwrite);
  const auto map = context.geo.open_map(options.map);
  if (!options.legend && !map->legend())
    throw data_error("{}: names no classes; give their --legend", options.map);
  const Legend legend = options.legend ? read_legend(*options.legend) : *map->legend();
  SubContext counting(context.run, 0, 0.5);
  const std::vector<std::uint64_t> counts = count_values(*map, legend, counting);
  const std::vector<double> areas = areas_of(legend, counts);
  if (std::ranges::all_of(areas, [](double area) { return area == 0; }))
    throw data_error("{}: has no pixel of a class of the legend", options.map);
  const std::vector<double> accuracy(areas.size(), options.expected_accuracy);
  const std::vector<std::int64_t> shares = shares_of(options, areas, accuracy);
  const auto mapped = std::ranges::count_if(areas, [](double area) { return area > 0; });
  if (options.points > 0 && options.points < mapped * options.minimum) {
    context.run.log(LogLevel::Info,
                    fmt::format("--points: {} are fewer than {} classes with a --minimum of {} take",
                                options.points, mapped, options.minimum));
  }
  std::vector<std::int64_t> wanted(counts.size());
  for (std::size_t c = 0; c < shares.size(); ++c) wanted[legend.classes()[c].value] = shares[c];
  SubContext drawing(context.run, 0.5, 1);
  const std::vector<SamplePoint> points =
      draw_points(*map, counts, wanted, static_cast<std::uint64_t>(options.seed), drawing);
  const auto layer =
      context.geo.write_points(points, map->info(), {options.output, legend, options.overwrite});
  commit_with_record(*layer, options.output, context, nlohmann::json::object());
  std::string text = fmt::format("{}: {} points", options.output, points.size());
  nlohmann::json report = {
      {"outputs", nlohmann::json::array({output_entry("vector", "points", "output", options.output)})},
      {"points", points.size()}};
  for (std::size_t c = 0; c < shares.size(); ++c) {
    const LegendClass& entry = legend.classes()[c];
    const auto drawn = std::ranges::count(points, entry.value, &SamplePoint::map_value);
    text += fmt::format("{} {} {}", c == 0 ? ";" : ",", drawn, entry.name);
    report["points_per_class"][entry.name] = drawn;
  }
  const double error = expected_error(shares, areas, accuracy);
  report["expected_standard_error"] = error;
  return {text + fmt::format("; expected standard error of the overall accuracy {:.4f}\n", error), 0,
          std::move(report)};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(sample_points, SamplePointsOptions)
