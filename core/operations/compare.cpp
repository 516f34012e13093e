#include "core/operation/operation.h"
#include "core/operations/results/judging_options.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <array>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/model_package.h"
#include "core/operations/batch/batch_progress.h"
#include "core/operations/evaluation/comparison_table.h"
#include "core/operations/evaluation/model_maps.h"
#include "core/operations/evaluation/unseen_ground.h"
#include "core/operations/model/model_facts.h"
#include "core/operations/model/model_location.h"
#include "core/operations/results/report_entries.h"
#include "core/operations/trained_models.h"
#endif

namespace orthocover::operations {
namespace {

struct CompareOptions : JudgingOptions {
  std::vector<std::string> scenes;
  std::vector<std::string> models;
  std::vector<std::string> train;
  std::string train_folder = "compared";
  std::vector<std::string> level_sets;
  std::string class_field;
};

using Options = CompareOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("compare")
      .summary("Compare models on the same scenes")
      .title("Compare models")
      .group("Accuracy")
      .tags({"validation", "benchmark", "models", "iou"})
      .description(
          "Trains models where asked to, maps the scenes with every model and every set of levels, judges "
          "the stitched maps on the same labels, and writes one table: scores with bootstrap intervals, "
          "differences to the first row on the same regions, parameters, multiply-adds, speed and memory.\n\n"
          "{cli:On the command line: the table goes to standard output as Markdown.}")
      .example("orthocover compare --models default,my-model --labels polygons.gpkg ortho.tif",
               "is my model better than the shipped one?")
      .example("orthocover compare --train small.json,large.json --labels polygons.gpkg ortho.tif",
               "which way of training is better?")
      .example(
          "orthocover compare --models my-model --level-set 1 --level-set 1,2 --level-set 1,2,4 --labels "
          "polygons.gpkg ortho.tif",
          "do the levels help?");
  table.add("scene", &Options::scenes, Kind::RasterIn, "Scenes that the models have not seen")
      .positional()
      .required()
      .label("Orthophotos");
  table
      .add("models", &Options::models, Kind::Model,
           "Model packages; the first of all rows is what others are held against")
      .short_name('m')
      .label("Models");
  table
      .add("train", &Options::train, Kind::FileIn,
           "JSON files with options of `train`, one for each model that is trained first; they should hold "
           "the same scenes out")
      .label("Models to train first (JSON)")
      .advanced();
  table
      .add("train-folder", &Options::train_folder, Kind::FolderOut,
           "Where these models go, each under its file's name; models that are there are not trained again")
      .label("Folder of trained models")
      .advanced();
  table
      .add("labels", &Options::labels, Kind::FileIn,
           "What is known of each scene, in their order, or one file for all: polygons or a raster of legend "
           "values")
      .required()
      .short_name('l')
      .label("Labels of each orthophoto");
  table
      .add("level-set", &Options::level_sets, Kind::Text,
           "Stitch levels to use together, as 1,2,4; each model's own if not given")
      .repeat()
      .metavar("LEVELS")
      .label("Sets of stitch levels")
      .advanced();
  table
      .add("class-field", &Options::class_field, Kind::Text,
           "Field of the polygons with class name or value; found by its name if not given")
      .label("Field of the classes");
  table.add("where", &Options::where, Kind::Text, "Filter on the polygons, in OGR's SQL")
      .label("Filter on the labels")
      .advanced();
  declare_network_use(table, "", "Side of the patches; 0: each model's own");
  declare_reports(table, {"The table for programs, JSON", "Table (JSON)"},
                  {"The table for spreadsheets, CSV", "Table (CSV)"},
                  {"The table for browsers, HTML", "Table (HTML)"});
}

#ifdef ORTHOCOVER_ENGINE

constexpr int kRounds = 1000;
constexpr std::size_t kMostClasses = 254;  ///< of maps, one of which stands for all others

std::vector<int> levels_of(const std::string& text) {
  std::vector<int> levels;
  for (const std::string& part : split(text, ',')) {
    const int level = number_of<int>(part).value_or(0);
    if (level < 1 || level > 64)
      throw usage_error("--level-set: '{}' is no list of levels; write 1,2,4 with levels of 1..64", text);
    if (std::ranges::count(levels, level) > 0)
      throw usage_error("--level-set: '{}' names level {} twice", text, level);
    levels.push_back(level);
  }
  return levels;
}

/// A legend with one more class, for all ground and labels that it does not know.
Legend with_others(const Legend& legend) {
  std::vector<LegendClass> classes = legend.classes();
  std::uint8_t value = 1;
  while (legend.index_of(value)) ++value;
  classes.push_back({value, "other classes", {}, ""});
  return Legend(std::move(classes));
}

/// A map in another legend's values, class by class of the same name; what that legend lacks becomes its last
/// class.
class RenamedMap final : public MapSource {
 public:
  RenamedMap(std::unique_ptr<MapSource> map, const Legend& own, const Legend& wanted)
      : m_map(std::move(map)), m_legend(wanted) {
    for (const LegendClass& entry : own.classes()) {
      const auto found = wanted.index_of(std::string_view(entry.name));
      const std::size_t index = found ? static_cast<std::size_t>(*found) : wanted.classes().size() - 1;
      m_values[entry.value] = wanted.classes()[index].value;
    }
  }
  const RasterInfo& info() const override { return m_map->info(); }
  const std::optional<Legend>& legend() const override { return m_legend; }
  void read(const Window& window, std::vector<std::uint8_t>& values) const override {
    m_map->read(window, values);
    for (std::uint8_t& value : values) value = m_values[value];
  }

 private:
  std::unique_ptr<MapSource> m_map;
  std::optional<Legend> m_legend;
  std::array<std::uint8_t, 256> m_values{};
};

class ComparisonRun {
 public:
  ComparisonRun(const Options& options, OperationContext& context) : m_options(options), m_context(context) {
    check_judging(options, options.scenes);
    for (const std::string& text : options.level_sets) m_level_sets.push_back(levels_of(text));
    if (m_level_sets.empty()) m_level_sets.emplace_back();
    m_comparison.scenes = options.scenes;
    m_comparison.labels = options.labels;
    m_comparison.held_out_only = options.held_out;
    m_held_out.resize(options.scenes.size());
    if (options.models.empty() && options.train.empty())
      throw usage_error("--models: nothing to compare; give model packages or --train");
    for (const std::string& model : options.models) check_model(model);
    if (!options.models.empty()) settle_classes(options.models);
    std::vector<std::optional<double>> sizes_m;
    for (std::size_t i = 0; i < options.scenes.size(); ++i) {
      const auto scene = context.geo.open_raster(options.scenes[i], {}, options.pixel_size);
      sizes_m.push_back(scene->info().ground_size_m);
      // What is wrong with labels is better known before models are trained, too.
      QuietRun quiet(context.run);
      if (!options.held_out && is_part(i)) context.geo.open_area(options.labels_of(i), scene->info(), quiet);
      context.geo.open_labels(labels_of(i), scene->info());
    }
    m_pixel_shares = pixel_shares(sizes_m, context.run);
    m_planned = plan_models(options.train, options.train_folder);
    // Better known before others are trained.
    if (options.held_out) unseen_ground(options.models, options.scenes, options.pixel_size, context);
  }

  OperationResult run() {
    std::vector<std::string> models = m_options.models;
    const std::size_t rows = (models.size() + m_planned.size()) * m_level_sets.size();
    std::size_t done = 0;
    for (const PlannedModel& planned : m_planned) {
      SubContext part = part_of(m_context.run, done++, m_planned.size() + rows);
      train_if_missing(planned, m_context, part);
      check_model(planned.package);
      models.push_back(planned.package);
    }
    if (!m_planned.empty()) settle_classes(models);
    if (m_options.held_out) {
      m_held_out = unseen_ground(models, m_options.scenes, m_options.pixel_size, m_context);
      tell_of_whole_scenes(models, m_options.scenes, m_held_out, m_context.run);
    }
    for (const std::string& model : models) {
      for (const std::vector<int>& levels : m_level_sets) {
        SubContext part = part_of(m_context.run, done++, m_planned.size() + rows);
        m_comparison.rows.push_back(judge(model, levels, part));
      }
    }
    add_intervals(m_comparison, kRounds, 1);
    warn_of_narrow_intervals();
    const nlohmann::ordered_json comparison = comparison_json(m_comparison);
    nlohmann::json outputs = write_reports(
        m_options, comparison, [&] { return comparison_csv(m_comparison); },
        [&] { return comparison_html(m_comparison); });
    return {comparison_markdown(m_comparison),
            0,
            {{"scores", nlohmann::json(comparison.at("rows"))}, {"outputs", std::move(outputs)}}};
  }

 private:
  /// Only what is labelled is judged; but held-out ground is in pixels of the whole scene.
  bool is_part(std::size_t scene) const {
    return !m_held_out[scene] && m_context.geo.is_vector(m_options.labels_of(scene));
  }

  /// Labels of the classes that are compared, and of one more for all others.
  LabelRequest labels_of(std::size_t scene) const {
    LabelRequest labels;
    labels.path = m_options.labels_of(scene);
    labels.coding = LabelCoding(m_comparison.legend);
    labels.class_field = m_options.class_field;
    labels.where = m_options.where;
    labels.unknown = static_cast<std::uint8_t>(m_comparison.legend.size());
    labels.is_cancelled = [this] { return m_context.run.cancelled(); };
    return labels;
  }

  nn::ModelPackage open(const std::string& model) const {
    return nn::open_model_package(locate_model(model, m_context.models));
  }

  void check_model(const std::string& model) {
    if (!m_options.held_out)
      warn_of_known_scenes(model, open(model).manifest.training, m_options.scenes, m_context.run);
  }

  /// The classes that all models know, as the first one has them; maps may have others besides.
  void settle_classes(const std::vector<std::string>& models) {
    std::vector<Legend> legends;
    std::set<std::string> others;
    for (const std::string& model : models) {
      legends.push_back(open(model).manifest.legend);
      for (const LegendClass& entry : legends.back().classes()) others.insert(to_lower(entry.name));
    }
    std::vector<LegendClass> common;
    for (const LegendClass& entry : legends.front().classes()) {
      const std::string_view name = entry.name;
      if (!std::ranges::all_of(legends,
                               [&](const Legend& legend) { return legend.index_of(name).has_value(); }))
        continue;
      others.erase(to_lower(name));
      common.push_back(entry);
    }
    if (common.empty())
      throw model_error("{}: no class of it is in all other models; the models have {}", models.front(),
                        join(std::vector(others.begin(), others.end())));
    m_comparison.legend = Legend(common);
    if (common.size() >= kMostClasses)
      throw model_error("{}: knows {} classes, {} can be compared", models.front(), common.size(),
                        kMostClasses - 1);
    if (!others.empty())
      m_context.run.log(
          LogLevel::Warning,
          fmt::format("judged on the classes that all models know: {}; where labels say {}, any of these is "
                      "wrong",
                      join(m_comparison.legend.names()), join(std::vector(others.begin(), others.end()))));
  }

  void warn_of_narrow_intervals() const {
    const ComparisonRow& row = m_comparison.rows.front();
    std::vector<ConfusionMatrix> units;
    for (const auto& [name, matrix] : row.regions) units.push_back(matrix);
    const std::optional<int> rare = row.mean_iou ? class_of_one_unit(units) : std::nullopt;
    if (rare && *rare < m_comparison.legend.size())
      m_context.run.log(LogLevel::Warning,
                        fmt::format("class '{}' is in one region only, so the intervals are too narrow",
                                    m_comparison.legend.classes()[static_cast<std::size_t>(*rare)].name));
  }

  void add_scene(ComparisonRow& row, const MapEvaluation& evaluation) const {
    row.scenes.emplace_back(evaluation.matrix).judge_first(m_comparison.legend.size());
    row.matrix.add(evaluation.matrix);
    row.regions_hold_all = row.regions_hold_all && evaluation.regions_hold_all;
    for (const auto& [name, matrix] : evaluation.regions)
      row.regions.emplace_back(name, matrix).second.judge_first(m_comparison.legend.size());
  }

  ComparisonRow judge(const std::string& model, const std::vector<int>& levels, RunContext& run) {
    MapFolder folder;
    ModelMapper mapper(model, levels, m_options, folder, m_context);
    const nn::ModelManifest& manifest = mapper.manifest();
    const Legend judged = with_others(m_comparison.legend);
    ComparisonRow row{model, levels, ConfusionMatrix(judged.size()), {}, {}, {}, {}};
    row.matrix.judge_first(m_comparison.legend.size());
    const NetworkCost cost =
        network_cost(manifest, m_options.patch_size > 0 ? m_options.patch_size : manifest.patch_size_px);
    row.parameters = cost.parameters;
    row.multiply_adds = cost.multiply_adds;
    std::set<int> used;
    std::uint64_t unmapped = 0;
    const std::vector<std::string> names = distinct_names(m_options.scenes);
    for (std::size_t i = 0; i < m_options.scenes.size(); ++i) {
      const std::string& scene = m_options.scenes[i];
      SubContext part = part_of(run, i, m_options.scenes.size());
      SubContext mapping(part, 0, kMappingShare), judging(part, kMappingShare, 1);
      const ModelMap made =
          mapper.make(scene, is_part(i) ? std::optional(m_options.labels_of(i)) : std::nullopt,
                      /*with_confidence=*/false, mapping);
      const RenamedMap map(open_made_map(made.map, scene, m_options.pixel_size, m_context.geo),
                           manifest.legend, judged);
      LabelRequest wanted = labels_of(i);
      wanted.warn = [&](const std::string& message) {
        if (m_told.insert(message).second) m_context.run.log(LogLevel::Warning, message);
      };
      auto labels = m_context.geo.open_labels(wanted, map.info());
      labels = labels_on(m_held_out[i], map.info(), std::move(labels));
      MapEvaluation evaluation(judged.size());
      evaluate_map(map, *labels, nullptr, judged, names[i], evaluation, judging, m_pixel_shares[i]);
      add_scene(row, evaluation);
      unmapped += evaluation.unmapped;
      used.insert(made.levels.begin(), made.levels.end());
      row.patches += made.patches;
      row.seconds += made.seconds;
      row.memory_bytes = std::max(row.memory_bytes, made.planned_memory_bytes);
    }
    // Without those that are too coarse for every scene.
    row.levels.assign(used.begin(), used.end());
    if (unmapped > row.matrix.total() / 1000)
      m_context.run.log(LogLevel::Warning,
                        fmt::format("{}: {} labelled pixels have no class in its maps; they are not judged",
                                    row.name(), unmapped));
    return row;
  }

  const Options& m_options;
  OperationContext& m_context;
  std::vector<std::vector<int>> m_level_sets;
  std::set<std::string> m_told;  ///< warnings of label files, once for all models
  std::vector<PlannedModel> m_planned;
  std::vector<std::optional<UnseenGround>> m_held_out;  ///< of each scene: judged alone
  std::vector<double> m_pixel_shares;  ///< a pixel's ground in each scene, the finest scene's is 1
  Comparison m_comparison;
};

OperationResult run(const Options& options, OperationContext& context) {
  return ComparisonRun(options, context).run();
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(compare, CompareOptions)
