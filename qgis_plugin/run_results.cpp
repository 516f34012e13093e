#include "qgis_plugin/run_results.h"

#include <qgsapplication.h>
#include <qgsprocessingutils.h>

#include <algorithm>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QSaveFile>

#include "qgis_plugin/field_kind.h"
#include "qgis_plugin/layer_styler.h"
#include "qgis_plugin/provider.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/report_reader.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

using Json = nlohmann::json;

constexpr const char* kPage = "REPORT";
constexpr const char* kText = "TEXT";
constexpr const char* kArea = "AREA_M2";
constexpr const char* kPatches = "PATCHES";
constexpr const char* kSeconds = "SECONDS";
constexpr const char* kPolygons = "POLYGONS";
constexpr const char* kFailed = "FAILED";

bool makes_maps(const OperationSpec& spec) {
  return std::ranges::any_of(spec.parameters, [](const Parameter& p) { return p.positional && p.per_scene; });
}

bool makes_polygons(const OperationSpec& spec) {
  return spec.find("simplify") != nullptr;
}

double sum_of(const Json& list, const char* key) {
  double sum = 0;
  for (const Json& item : list) sum += report_number(item, key);
  return sum;
}

std::ptrdiff_t failures_of(const Json& scenes) {
  return std::ranges::count_if(
      scenes, [](const Json& scene) { return report_text(scene, "status") == QLatin1String("failed"); });
}

/// One line for each scene: name, ground size, size, patches, time and speed.
void log_scenes(const Json& report, QgsProcessingFeedback& feedback) {
  const QLocale locale = QLocale::c();  // as the program writes numbers, and the words are English
  for (const Json& scene : report_list(report, "scenes")) {
    const QString name = QFileInfo(report_text(scene, "input")).fileName();
    if (report_text(scene, "map").isEmpty()) continue;  // the program has said why
    if (report_text(scene, "status") == QLatin1String("skipped")) {
      // Of a single one the program says so.
      if (report_list(report, "scenes").size() > 1)
        feedback.pushInfo(translated("%1: is done and unchanged; skipped").arg(name));
      continue;
    }
    const double ground_size_m = report_number(scene, "ground_size_m");
    const QString ground = ground_size_m > 0 ? translated("%1 m").arg(locale.toString(ground_size_m, 'g', 4))
                                             : translated("unknown size");
    const double patches = report_number(scene, "patches");
    const QString work = patches == 1 ? translated("%1 patch") : translated("%1 patches");
    feedback.pushInfo(translated("%1: %2 x %3 pixels of %4, %5, %6 s, %7 megapixels per second")
                          .arg(name, locale.toString(report_number(scene, "cols"), 'f', 0),
                               locale.toString(report_number(scene, "rows"), 'f', 0), ground,
                               work.arg(locale.toString(patches, 'f', 0)),
                               locale.toString(report_number(scene, "seconds"), 'f', 1),
                               locale.toString(report_number(scene, "megapixels_per_second"), 'f', 2)));
  }
}

void log_text(const QString& text, QgsProcessingFeedback& feedback) {
  for (QString line : text.trimmed().split('\n')) {
    // The log is HTML, which would join the blanks between columns.
    if (!line.isEmpty())
      feedback.pushConsoleInfo(line.replace(QStringLiteral("  "), QString(2, QChar::Nbsp)));
  }
}

/// Whether it is a row of QGIS's own batch, which would end with an error of Python over a page of results.
bool is_row_of_batch(const QgsProcessingFeedback& feedback) {
  // BatchFeedback of Python in QGIS 3.22, QgsProcessingBatchFeedback since 3.26.
  return QByteArray(feedback.metaObject()->className()).endsWith("BatchFeedback");
}

QString write_page(const QString& html, QgsProcessingFeedback& feedback) {
  const QString path = QgsProcessingUtils::generateTempFilename(QStringLiteral("orthocover.html"));
  QSaveFile file(path);
  if (file.open(QIODevice::WriteOnly) && file.write(html.toUtf8()) >= 0 && file.commit()) return path;
  feedback.pushWarning(
      translated("The page of results could not be written to %1: %2").arg(path, file.errorString()));
  return {};
}

void add_numbers(const OperationSpec& spec, const Json& report, QVariantMap& results) {
  if (makes_maps(spec)) {
    const Json& scenes = report_list(report, "scenes");
    const double area_m2 = sum_of(report_list(report, "areas"), "area_m2");
    if (area_m2 > 0) results[kArea] = area_m2;
    results[kFailed] = static_cast<double>(failures_of(scenes));
    results[kPatches] = sum_of(scenes, "patches");
    results[kSeconds] = sum_of(scenes, "seconds");
  }
  if (makes_polygons(spec)) results[kPolygons] = report_number(report, "polygons");
}

std::vector<ClassStyle> classes_of(const Json& report) {
  std::vector<ClassStyle> classes;
  for (const Json& area : report_list(report, "areas")) {
    classes.push_back({static_cast<int>(report_number(area, "value")), report_text(area, "name"),
                       QColor(report_text(area, "color"))});
  }
  return classes;
}

LayerLook look_of(const Parameter& parameter, const QString& role, const OperationSpec& spec) {
  if (parameter.kind == ParameterKind::VectorOut)
    return makes_polygons(spec) ? LayerLook::Polygons : LayerLook::Plain;
  // Of probabilities the first class: three classes in red, green and blue would say nothing.
  if (role == QLatin1String("confidence") || role == QLatin1String("probabilities"))
    return LayerLook::Confidence;
  return role == QLatin1String("map") ? LayerLook::Map : LayerLook::Plain;
}

/// Ids of the algorithm and of the models of which it is a step.
QStringList algorithms_of(QgsProcessingContext& context) {
  QStringList ids;
  for (const QgsExpressionContextScope* scope : context.expressionContext().scopes())
    ids << scope->variable(QStringLiteral("algorithm_id")).toString();
  return ids;
}

/// The style that the user chose for an output under *Edit Rendering Styles for Outputs*, of the algorithm or
/// of a model whose output it is; empty where there is none. QGIS itself looks for that of a whole model
/// only, and we draw after it.
/// @param name of the layer: in a model that of its output
/// @source processing/gui/RenderingStyles.py of QGIS: a line for each, ALGORITHM|OUTPUT|FILE, where the
/// output of a model is STEP:NAME
QString chosen_style(const AlgorithmVariant& variant, const QString& output, const QString& name,
                     const QStringList& algorithms) {
  QFile file(QgsApplication::qgisSettingsDirPath() +
             QStringLiteral("processing/processing_qgis_styles.conf"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QString own;
  for (const QString& line : QString::fromUtf8(file.readAll()).split('\n')) {
    const QString id = line.section('|', 0, 0);
    const QString key = line.section('|', 1, 1);
    const QString style = line.section('|', 2).trimmed();
    if (!QFileInfo(style).isFile()) continue;
    if (algorithms.contains(id) && key.endsWith(':' + name)) return style;
    if (id == QLatin1String(Provider::kId) + ':' + variant.id() && key == output) own = style;
  }
  return own;
}

/// Polygons lie over the map, and the map over what tells how sure it is.
int sort_key(const Parameter& parameter, LayerLook look) {
  if (parameter.kind == ParameterKind::VectorOut) return 2;
  return look == LayerLook::Map ? 1 : 0;
}

/// The file or folder of an output: beside the map where a format was given, nowhere after a dry run.
QString made_by(const Parameter& parameter, const QString& given, const Json& report) {
  QString made;
  for (const Json& output : report_list(report, "outputs")) {
    if (report_text(output, "option") == to_qt(parameter.key()))
      made = made.isEmpty() && !QFileInfo(given).isDir() ? report_text(output, "path") : given;
  }
  return made;
}

/// The files of an output, also of one that is a folder.
QStringList files_made(const Parameter& parameter, const QString& given, const Json& report) {
  const QString made = made_by(parameter, given, report);
  if (!QFileInfo(made).isDir() || made.endsWith(QLatin1String(".gdb"), Qt::CaseInsensitive)) return {made};
  QStringList files;
  for (const Json& output : report_list(report, "outputs")) {
    const QString path = report_text(output, "path");
    if (report_text(output, "option") == to_qt(parameter.key()) && QFileInfo(path).isFile()) files << path;
  }
  return files;
}

/// What QGIS opens: of a file that was appended to, the layer that is new.
QString source_of(const QString& made, const Json& values) {
  const QFileInfo file(made);
  if (!values.value("append", false) || file.suffix().toLower() != QLatin1String("gpkg")) return made;
  const QString layer = to_qt(values.value("layer", std::string()));
  return made + QStringLiteral("|layername=") + (layer.isEmpty() ? file.completeBaseName() : layer);
}

/// `land cover`: what an output is called behind the name of the input.
QString output_words(const Parameter& parameter, const QString& role) {
  if (role == QLatin1String("map")) return translated("land cover");
  return role.isEmpty() ? translated(parameter.title()).toLower() : translated(role.toStdString());
}

}  // namespace

std::vector<std::unique_ptr<QgsProcessingOutputDefinition>> make_outputs(const AlgorithmVariant& variant) {
  const OperationSpec& spec = *variant.spec;
  std::vector<std::unique_ptr<QgsProcessingOutputDefinition>> outputs;
  const auto add_number = [&](const char* name, const char* what) {
    outputs.push_back(std::make_unique<QgsProcessingOutputNumber>(QLatin1String(name), translated(what)));
  };
  outputs.push_back(std::make_unique<QgsProcessingOutputHtml>(
      QLatin1String(kPage), translated("%1: results").arg(variant.title())));
  outputs.push_back(std::make_unique<QgsProcessingOutputString>(QLatin1String(kText), translated("Text")));
  if (makes_maps(spec)) {
    add_number(kArea, "Mapped area in square metres");
    add_number(kPatches, "Number of patches");
    add_number(kSeconds, "Seconds of mapping");
    add_number(kFailed, "Number of orthophotos that failed");
  }
  if (makes_polygons(spec)) add_number(kPolygons, "Number of polygons");
  return outputs;
}

QVariantMap results_of(const AlgorithmVariant& variant, const Json& values, const ChildOutcome& outcome,
                       QgsProcessingFeedback& feedback) {
  QVariantMap results;
  for (const Parameter& parameter : variant.spec->parameters) {
    if (!is_destination(field_kind(parameter, variant)) || !values.contains(parameter.key())) continue;
    const QString path = to_qt(values.at(parameter.key()).get<std::string>());
    QString made = made_by(parameter, path, outcome.report);
    const QStringList files = files_made(parameter, path, outcome.report);
    // A step of a model that wants a layer can't open a folder.
    if (files.size() == 1 && field_kind(parameter, variant) != FieldKind::FolderOut) made = files.first();
    if (QFileInfo::exists(made)) results[parameter_name(parameter)] = source_of(made, values);
  }
  log_scenes(outcome.report, feedback);
  log_text(outcome.text, feedback);
  const Json& scenes = report_list(outcome.report, "scenes");
  if (!scenes.empty() && failures_of(scenes) == static_cast<std::ptrdiff_t>(scenes.size()))
    throw QgsProcessingException(translated("Nothing was mapped; the lines above say why."));
  results[kText] = outcome.text;
  add_numbers(*variant.spec, outcome.report, results);
  const bool is_table = values.value("format", std::string("table")) == "table" && scenes.empty();
  const QString page =
      is_row_of_batch(feedback) ? QString() : result_page(variant.title(), outcome, is_table);
  if (!page.isEmpty()) results[kPage] = write_page(page, feedback);
  if (outcome.exit_code != 0)
    feedback.reportError(translated("Not everything went well; the lines above name what failed."));
  return results;
}

void load_results(const AlgorithmVariant& variant, const Json& values, const ChildOutcome& outcome,
                  const QString& input_name, const LayersToLoad& wanted, const QSet<QString>& open_layers,
                  QgsProcessingContext& context) {
  for (const Parameter& parameter : variant.spec->parameters) {
    if (!is_destination(field_kind(parameter, variant)) || !values.contains(parameter.key())) continue;
    const QString path = to_qt(values.at(parameter.key()).get<std::string>());
    auto entry = wanted.find(path);
    // Of a format QGIS knows what stands in the field.
    if (entry == wanted.end())
      entry = std::find_if(wanted.begin(), wanted.end(), [&](const auto& details) {
        return details.outputName == parameter_name(parameter);
      });
    if (entry == wanted.end()) continue;
    const QString role = report_role(outcome.report, parameter.key());
    const LayerLook look = look_of(parameter, role, *variant.spec);
    const QString called = entry->name.isEmpty() ? translated(parameter.title()) : entry->name;
    const QString style = chosen_style(variant, parameter_name(parameter), called, algorithms_of(context));
    const QStringList files = files_made(parameter, path, outcome.report);
    for (const QString& made : files) {
      if (!QFileInfo::exists(made)) continue;
      QgsProcessingContext::LayerDetails details = *entry;
      // A copy would delete what draws an earlier layer.
      if (details.postProcessor() != nullptr)
        details = {entry->name, entry->project, entry->outputName, entry->layerTypeHint};
      const QString name = files.size() > 1 ? QFileInfo(made).completeBaseName() : input_name;
      // Models and scripts name them themselves.
      if (details.name.isEmpty() || files.size() > 1)
        details.name = (name + ' ' + output_words(parameter, role)).trimmed();
      // Else QGIS's settings decide.
      details.forceName = details.forceName || files.size() > 1;
      compat::set_sort_key(details, sort_key(parameter, look));
      details.setPostProcessor(new LayerStyler(look, classes_of(outcome.report), open_layers, style));
      context.addLayerToLoadOnCompletion(source_of(made, values), details);
    }
  }
}

QStringList possible_files(const QString& given, const Json& values) {
  static const QStringList kFormats{"tif", "gpkg", "shp", "fgb", "geojson", "kml"};
  const QString output = to_qt(values.value("output", std::string()));
  const bool is_word = !given.contains('/') && !given.contains('.') && !output.isEmpty();
  const QString place = is_word ? output : given;
  if (!place.endsWith('/') && !QFileInfo(place).isDir()) {
    const QFileInfo map(place);
    return {is_word ? map.path() + '/' + map.completeBaseName() + '.' + given : given};
  }
  QStringList files;
  for (const char* key : {"input", "map"}) {
    const Json scenes = values.value(key, Json());
    for (const Json& scene : scenes.is_array() ? scenes : Json::array({scenes})) {
      if (!scene.is_string()) continue;
      for (const QString& format : kFormats)
        files << QDir(place).filePath(QFileInfo(to_qt(scene.get<std::string>())).completeBaseName() + '.' +
                                      format);
    }
  }
  return files;
}

QStringList files_of_run(const ChildOutcome& outcome) {
  QStringList files;
  for (const Json& output : report_list(outcome.report, "outputs")) files << report_text(output, "path");
  for (const Json& scene : report_list(outcome.report, "scenes")) {
    for (const auto& [key, value] : scene.items())
      if (key != "input" && value.is_string()) files << to_qt(value.get<std::string>());
  }
  return files;
}

void load_scene_maps(const ChildOutcome& outcome, const QSet<QString>& open_layers,
                     QgsProcessingContext& context) {
  for (const Json& scene : report_list(outcome.report, "scenes")) {
    const QString map = report_text(scene, "map");
    if (!QFileInfo(map).isFile()) continue;
    const QString name = QFileInfo(report_text(scene, "input")).completeBaseName();
    QgsProcessingContext::LayerDetails details(name + ' ' + translated("land cover"), context.project());
    details.forceName = true;
    details.setPostProcessor(new LayerStyler(LayerLook::Map, classes_of(outcome.report), open_layers));
    context.addLayerToLoadOnCompletion(map, details);
  }
}

}  // namespace orthocover::qgis
