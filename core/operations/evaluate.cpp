#include "core/operation/operation.h"
#include "core/operations/results/judging_options.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/inference/picture.h"
#include "core/nn/model_package.h"
#include "core/operations/batch/batch_progress.h"
#include "core/operations/batch/input_guard.h"
#include "core/operations/evaluation/evaluation_report.h"
#include "core/operations/evaluation/model_maps.h"
#include "core/operations/evaluation/point_judge.h"
#include "core/operations/evaluation/unseen_ground.h"
#include "core/operations/model/model_location.h"
#include "core/operations/model/model_options.h"
#include "core/operations/results/report_entries.h"
#endif

namespace orthocover::operations {
namespace {

struct EvaluateOptions : JudgingOptions {
  std::vector<std::string> inputs;
  std::optional<std::string> legend;
  std::optional<std::string> class_field;
  std::vector<std::string> confidence;
  double tolerance = 0.3;
  std::optional<std::string> model;
  std::vector<int> levels;
};

using Options = EvaluateOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("evaluate")
      .summary("Judge land-cover maps by labels or points")
      .title("Accuracy of maps")
      .group("Accuracy")
      .tags({"validation", "confusion matrix", "iou", "kappa", "f1", "ground truth", "reference"})
      .description(
          "Compares maps with what is known of their ground: polygons, rasters or points. Every labelled "
          "square metre of the maps counts alike; unlabelled ground does not count.\n\n"
          "{cli:On the command line: the table goes to standard output; --output, --csv and --html write "
          "reports.}\n\n"
          "Polygons and rasters give the confusion matrix with IoU, F1, precision, recall, accuracy, kappa, "
          "boundary F1 and, with --confidence, the calibration. Points that `sample-points` drew and "
          "somebody looked up give areas and accuracies with 95 % confidence intervals.\n\n"
          "With --model the inputs are scenes: they are mapped first, as `segment` does it.")
      .example("orthocover evaluate --labels polygons.gpkg map.tif", "scores of a map")
      .example("orthocover evaluate --labels a.gpkg,b.gpkg --html report.html a_map.tif b_map.tif",
               "two maps in one report for the browser")
      .example("orthocover evaluate --model my-model --labels polygons.gpkg ortho.tif",
               "scores of a model on a scene")
      .example("orthocover evaluate --labels points.gpkg --class-field reference map.tif",
               "areas with confidence intervals");
  table.add("input", &Options::inputs, Kind::RasterIn, "Maps, or scenes with --model")
      .positional()
      .required()
      .label("Maps, or orthophotos with a model");
  const char* reference_group = "References";
  table
      .add("labels", &Options::labels, Kind::FileIn,
           "What is known of each input, in their order, or one file for all: polygons, points or a raster "
           "of legend values")
      .required()
      .short_name('l')
      .group(reference_group)
      .label("References of each input");
  table
      .add("legend", &Options::legend, Kind::FileIn,
           "JSON file with value, name and colour of each class; that of the map or the model if not given")
      .group(reference_group)
      .label("Legend")
      .advanced();
  table
      .add("class-field", &Options::class_field, Kind::Text,
           "Field with class name or value; found by its name for polygons, `reference` for points if not "
           "given")
      .group(reference_group)
      .label("Field of the classes");
  table.add("where", &Options::where, Kind::Text, "Filter on the polygons, in OGR's SQL")
      .group(reference_group)
      .label("Filter on the references")
      .advanced();
  table
      .add("confidence", &Options::confidence, Kind::RasterIn,
           "Confidence of each map in percent, as it is made with the map, for the calibration")
      .group(reference_group)
      .label("Confidence of each map");
  table.add("tolerance", &Options::tolerance, Kind::Number, "Distance within which borders count as right")
      .unit("m")
      .range(0, 1000)
      .group(reference_group)
      .label("Border tolerance")
      .advanced();
  const char* model_group = "Model";
  table.add("model", &Options::model, Kind::Model, "Model package that maps the inputs first")
      .short_name('m')
      .group(model_group)
      .label("Model that maps the inputs first");
  table.add("levels", &Options::levels, Kind::Number, "Stitch levels of --model to use; its own if not given")
      .range(1, 64)
      .group(model_group)
      .label("Stitch levels")
      .advanced();
  declare_network_use(table, model_group, "Side of the patches for --model; 0: its own");
  declare_reports(table, {"Report for programs, JSON", "Report (JSON)"},
                  {"Scores by class for spreadsheets, CSV", "Scores (CSV)"},
                  {"Report with pictures for the browser, HTML", "Report (HTML)"});
}

#ifdef ORTHOCOVER_ENGINE

constexpr double kUnknownPixelM = 1;

/// From files to reports.
class EvaluationRun {
 public:
  EvaluationRun(const Options& options, OperationContext& context) : m_options(options), m_context(context) {
    check_options();
    m_report.tolerance_m = options.tolerance;
    m_report.references = options.labels;
    m_report.maps = options.inputs;
    m_report.held_out_only = options.held_out;
  }

  OperationResult run() {
    if (m_options.model) map_scenes();
    for (std::size_t i = 0; i < m_options.inputs.size(); ++i) look_at(i);
    check_points();
    m_pixel_shares = pixel_shares(m_sizes_m, m_context.run);
    for (std::size_t i = 0; i < m_options.inputs.size(); ++i) judge(i);
    finish_points();
    if (m_report.labels) add_mean_iou_interval(m_report);
    const nlohmann::ordered_json evaluation = evaluation_json(m_report);
    nlohmann::json report(evaluation);
    report["outputs"] = write_reports(
        m_options, evaluation, [&] { return evaluation_csv(m_report); },
        [&] { return evaluation_html(m_report); });
    return {evaluation_text(m_report), 0, std::move(report)};
  }

 private:
  void check_options() const {
    const std::size_t inputs = m_options.inputs.size();
    check_judging(m_options, m_options.inputs);
    if (!m_options.confidence.empty() && m_options.confidence.size() != inputs)
      throw usage_error("--confidence: {} files for {} inputs; give one for each, in their order",
                        m_options.confidence.size(), inputs);
    if (m_options.model && !m_options.confidence.empty())
      throw usage_error("--confidence: --model makes its own; leave one of them out");
    for (const auto& [option, is_given] : {std::pair{"levels", !m_options.levels.empty()},
                                           {"patch-size", m_options.patch_size > 0},
                                           {"held-out", m_options.held_out},
                                           {"bands", !m_options.bands.empty()},
                                           {"pixel-size", m_options.pixel_size.has_value()}})
      if (is_given && !m_options.model)
        throw usage_error("--{}: is of --model; give one, or leave it out", option);
  }

  /// Points are of one map.
  void take_points(std::size_t i, ReferencePoints read) {
    if (!read.points.empty() && m_options.held_out)
      throw usage_error("--held-out: is not for points as in {}; leave it out", m_options.labels_of(i));
    if (!read.points.empty() && m_options.labels.size() < m_options.inputs.size())
      throw usage_error(
          "--labels: {} has points, which are drawn on one map; give a file for each of {} inputs",
          m_options.labels[0], m_options.inputs.size());
    m_points.push_back(std::move(read));
  }

  void check_points() const {
    if (std::ranges::any_of(m_points, [](const auto& read) { return read.points.empty(); })) return;
    if (const bool where = !m_options.where.empty(); where || !m_options.confidence.empty())
      throw usage_error("--{}: is not for points as in {}; leave it out", where ? "where" : "confidence",
                        m_options.labels[0]);
    if (std::ranges::none_of(m_points, has_answer)) throw no_answer();
  }

  void map_scenes() {
    m_folder.emplace();
    const auto manifest = nn::open_model_package(locate_model(*m_options.model, m_context.models)).manifest;
    m_model_legend = manifest.legend;
    if (!m_options.held_out)
      warn_of_known_scenes(*m_options.model, manifest.training, m_options.inputs, m_context.run);
    for (std::size_t i = 0; i < m_options.inputs.size(); ++i) {
      const auto scene = m_context.geo.open_raster(m_options.inputs[i], {}, m_options.pixel_size);
      take_points(i, checked_references(m_options.labels_of(i), scene->info(),
                                        legend_of(m_options.inputs[i], m_model_legend), m_options.class_field,
                                        m_options.where, m_context));
    }
    check_points();
    if (m_options.held_out) {
      m_held_out = unseen_ground({*m_options.model}, m_options.inputs, m_options.pixel_size, m_context);
      tell_of_whole_scenes({*m_options.model}, m_options.inputs, m_held_out, m_context.run);
    }
    ModelMapper mapper(*m_options.model, m_options.levels, m_options, *m_folder, m_context);
    SubContext mapping(m_context.run, 0, kMappingShare);
    for (std::size_t i = 0; i < m_options.inputs.size(); ++i) {
      SubContext part = part_of(mapping, i, m_options.inputs.size());
      m_maps.push_back(mapper.make(m_options.inputs[i], std::nullopt, /*with_confidence=*/true, part));
    }
  }

  Legend legend_of(const std::string& map, const std::optional<Legend>& own) const {
    if (!m_options.legend && !own) throw data_error("{}: names no classes; give their --legend", map);
    if (!m_options.legend) return *own;
    const Legend given = read_legend(*m_options.legend);
    for (const LegendClass& entry : own ? own->classes() : std::vector<LegendClass>())
      check_legend(map, entry.value, entry.name, given);
    return given;
  }

  std::unique_ptr<MapSource> open_input(std::size_t i) const {
    if (m_maps.empty()) return m_context.geo.open_map(m_options.inputs[i]);
    return open_made_map(m_maps[i].map, m_options.inputs[i], m_options.pixel_size, m_context.geo);
  }

  /// Refuses maps and references that don't go together.
  void look_at(std::size_t i) {
    const auto map = open_input(i);
    const Legend legend = legend_of(map->info().path, m_model_legend ? m_model_legend : map->legend());
    warn_of_shared_ground(map->info(), m_seen, m_context);
    if (i == 0) m_report.legend = legend;
    const auto called = [](const LegendClass& entry) { return std::pair(entry.value, entry.name); };
    if (!std::ranges::equal(legend.classes(), m_report.legend.classes(), {}, called, called))
      throw data_error("{}: has other classes than {}; give one --legend for all", m_options.inputs[i],
                       m_options.inputs[0]);
    if (m_maps.empty())  // else they have the scenes' pixels
      take_points(i, m_context.geo.read_points(m_options.labels_of(i), map->info(), legend,
                                               m_options.class_field.value_or("reference")));
    if (m_points[i].points.empty()) m_sizes_m.push_back(map->info().ground_size_m);
  }

  void judge(std::size_t i) {
    SubContext judging(m_context.run, m_options.model ? kMappingShare : 0, 1);
    SubContext run = part_of(judging, i, m_options.inputs.size());
    const auto map = open_input(i);
    if (m_points[i].points.empty())
      judge_by_labels(i, *map, run);
    else
      judge_by_points(i, *map, m_points[i], run);
  }

  double pixel_size_of(const RasterInfo& map) const {
    if (!map.ground_size_m)
      m_context.run.log(
          LogLevel::Warning,
          fmt::format("{}: has no known ground size; areas and the tolerance are in pixels", map.path));
    return map.ground_size_m.value_or(kUnknownPixelM);
  }

  void judge_by_labels(std::size_t i, const MapSource& map, RunContext& run) {
    auto labels = m_context.geo.open_labels(m_options.labels_of(i), map.info(), m_report.legend,
                                            m_options.class_field.value_or(""), m_options.where, run);
    labels = labels_on(m_held_out[i], map.info(), std::move(labels));
    std::unique_ptr<RasterSource> confidence;
    if (!m_maps.empty() || !m_options.confidence.empty())
      confidence = open_confidence(m_maps.empty() ? m_options.confidence[i] : *m_maps[i].confidence,
                                   map.info(), m_context.geo);
    if (!m_report.labels) m_report.labels.emplace(m_report.legend.size());
    PixelSize pixel = m_context.geo.pixel_size(map.info());
    if (!pixel.is_metric) pixel.width_m = pixel.height_m = pixel_size_of(map.info()), pixel.skew_m = 0;
    m_report.labels->boundary.set_tolerance(m_options.tolerance, pixel);
    const std::string& name = m_names[i];
    evaluate_map(map, *labels, confidence.get(), m_report.legend, name, *m_report.labels, run,
                 m_pixel_shares[m_judged++]);
    if (!m_options.html) return;
    JudgedPictures pictures = draw_judged(map, *labels, m_report.legend);
    if (pictures.map.empty()) return;
    m_report.pictures.push_back({std::move(pictures.map), name + ": the map"});
    m_report.pictures.push_back(
        {std::move(pictures.verdicts),
         name + ": blue where the map is right, orange where it is wrong, grey where nothing is known"});
  }

  void judge_by_points(std::size_t i, const MapSource& map, const ReferencePoints& read, RunContext& run) {
    if (!m_judge) m_judge.emplace(m_report.legend);
    const double pixel_m = pixel_size_of(map.info());
    const AreaScale scale = m_context.geo.area_scale(map.info()).value_or(AreaScale(pixel_m * pixel_m));
    m_judge->add({map, m_options.inputs[i], m_options.labels_of(i), scale}, read, run);
  }

  void finish_points() {
    if (!m_judge) return;
    if (m_judge->is_answered()) {
      m_report.points = m_judge->estimate(m_context.run);
      return;
    }
    m_report.points = m_judge->found();
    const Error error = m_report.points->unmapped > 0
                            ? data_error("{}: no point with a reference class lies where its map has a class",
                                         join(m_options.labels))
                            : no_answer();
    if (!m_report.labels) throw error;
    m_context.run.log(LogLevel::Warning, error.what());
  }

  Error no_answer() const {
    return data_error("{}: no point has a reference class yet; fill in the field '{}'",
                      join(m_options.labels), m_options.class_field.value_or("reference"));
  }

  const Options& m_options;
  OperationContext& m_context;
  const std::vector<std::string> m_names = distinct_names(m_options.inputs);
  std::optional<MapFolder> m_folder;
  std::optional<Legend> m_model_legend;
  std::vector<std::optional<UnseenGround>> m_held_out{m_options.inputs.size()};  ///< what alone is judged
  std::vector<RasterInfo> m_seen;                ///< of the maps judged so far
  std::vector<ModelMap> m_maps;                  ///< made by the model; empty: the inputs are the maps
  std::vector<ReferencePoints> m_points;         ///< of each input; without points labels judge it
  std::vector<std::optional<double>> m_sizes_m;  ///< of the pixels of inputs that labels judge
  std::vector<double> m_pixel_shares;            ///< what these count
  std::size_t m_judged = 0;                      ///< of these inputs
  std::optional<PointJudge> m_judge;             ///< where there are points
  EvaluationReport m_report;
};

OperationResult run(const Options& options, OperationContext& context) {
  return EvaluationRun(options, context).run();
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(evaluate, EvaluateOptions)
