#include "qgis_plugin/operation_algorithm.h"

#include <qgsapplication.h>
#include <qgsexception.h>
#include <qgsprocessingutils.h>

#include <algorithm>
#include <QFileInfo>
#include <QIcon>
#include <QPointer>
#include <QSaveFile>
#include <QScopeGuard>
#include <QThread>
#include <QUrl>

#include "core/base/error.h"
#include "qgis_plugin/argument_builder.h"
#include "qgis_plugin/command_words.h"
#include "qgis_plugin/help_text.h"
#include "qgis_plugin/layer_styler.h"
#include "qgis_plugin/parameter_mapping.h"
#include "qgis_plugin/program_location.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// Any other exception than that of Processing would end QGIS. Messages name fields as the dialog does.
template <class Work>
auto guarded(const OperationSpec& spec, Work&& work) {
  const auto refusal = [&](const QString& message) {
    return QgsProcessingException(with_field_names(message, spec));
  };
  try {
    return work();
  } catch (const QgsException& error) {
    throw refusal(error.what());
  } catch (const std::exception& error) {
    throw refusal(QString::fromUtf8(error.what()));
  } catch (...) {
    throw refusal(translated("The plugin of orthocover failed for an unknown reason."));
  }
}

/// Whether a command has more bytes than systems take.
bool is_too_long(const std::vector<std::string>& words) {
  constexpr std::size_t kMostBytes = 100'000;  // Linux allows 131072 for one word
  std::size_t bytes = 0;
  for (const std::string& word : words) bytes += word.size() + 1;
  return bytes > kMostBytes;
}

/// A file for --config, in QGIS's temporary folder; it stays, so that the command of the log can be run
/// again.
QString write_options(const nlohmann::json& values) {
  const QString path = QgsProcessingUtils::generateTempFilename(QStringLiteral("options.json"));
  QSaveFile file(path);
  if (file.open(QIODevice::WriteOnly) && file.write(values.dump(2).c_str()) >= 0 && file.commit())
    return path;
  throw QgsProcessingException(
      translated("The options could not be written to %1: %2").arg(path, file.errorString()));
}

/// Whether a field takes several layers, and no other files.
bool takes_layers(const QgsProcessingParameterDefinition& definition) {
  const auto* layers = dynamic_cast<const QgsProcessingParameterMultipleLayers*>(&definition);
  return layers != nullptr && layers->layerType() != compat::kFiles;
}

/// Of a run that fails or is cancelled QGIS has nothing more done, though maps of a batch may have been
/// replaced before.
void reload_soon(const QStringList& files, const QDateTime& since, bool appends, QgsProject* project) {
  const auto reload = [=, open = QPointer<QgsProject>(project)] {
    if (open) reload_written_layers(files, *open, since, appends);
  };
  QMetaObject::invokeMethod(qApp, reload, Qt::QueuedConnection);
}

}  // namespace

OperationAlgorithm::OperationAlgorithm(AlgorithmVariant variant)
    : m_variant(std::move(variant)), m_settings(PluginSettings::load()) {}

QString OperationAlgorithm::name() const {
  return m_variant.id();
}

QString OperationAlgorithm::displayName() const {
  return m_variant.title();
}

QString OperationAlgorithm::group() const {
  return translated(m_variant.spec->group);
}

QString OperationAlgorithm::groupId() const {
  return to_qt(m_variant.spec->group).toLower().remove(' ');
}

QStringList OperationAlgorithm::tags() const {
  QStringList words = {QStringLiteral("orthocover"), to_qt(m_variant.spec->name)};
  for (const std::string& tag : m_variant.spec->tags) words << translated(tag);
  return words;
}

QString OperationAlgorithm::shortDescription() const {
  return m_variant.form == InputForm::One ? translated(m_variant.spec->summary) : m_variant.title();
}

QString OperationAlgorithm::shortHelpString() const {
  return help_html(m_variant, *this);
}

QString OperationAlgorithm::helpUrl() const {
  const QString page =
      QStringLiteral("share/doc/orthocover/operations/%1.md").arg(to_qt(m_variant.spec->name));
  const QString file = beside_program(find_program(m_settings).path, page);
  return QFileInfo(file).isFile() ? QUrl::fromLocalFile(file).toString() : QString();
}

QIcon OperationAlgorithm::icon() const {
  return QIcon(svgIconPath());
}

QString OperationAlgorithm::svgIconPath() const {
  return QStringLiteral(":/orthocover/orthocover.svg");
}

compat::AlgorithmFlags OperationAlgorithm::flags() const {
  compat::AlgorithmFlags flags = QgsProcessingAlgorithm::flags();
  // A list of inputs is a batch already.
  flags.setFlag(compat::kSupportsBatch, m_variant.form != InputForm::Many);
  // Shards are made by scripts on clusters; these may call the algorithm by its name all the same.
  if (m_variant.spec->group == "Cluster") flags |= compat::kHideFromToolbox;
  return flags;
}

bool OperationAlgorithm::canExecute(QString* message) const {
  const ProgramLocation program = find_program(m_settings);
  if (message != nullptr) *message = program.problem;
  return program.problem.isEmpty();
}

bool OperationAlgorithm::checkParameterValues(const QVariantMap& parameters, QgsProcessingContext& context,
                                              QString* message) const {
  // qgis_process asks this, but not canExecute().
  if (!canExecute(message)) return false;
  try {
    return guarded(*m_variant.spec, [&] {
      refuse_unknown(*this, parameters);
      LayerFiles layers(context, nullptr);
      // First, since QGIS says of a wrong value that it is wrong, and no more.
      ArgumentBuilder(*this, m_variant, m_settings, context, layers).check_plain_values(parameters);
      if (!QgsProcessingAlgorithm::checkParameterValues(checkable(parameters, context), context, message))
        return false;
      refuse_services(parameters, layers);
      return true;
    });
  } catch (const QgsProcessingException& error) {
    if (message != nullptr) *message = error.what();
    return false;
  }
}

/// What QGIS itself is to check. Of several files those that can't be opened are for the program to name,
/// which goes on with the others; QGIS would open all of them, and keep them open.
QVariantMap OperationAlgorithm::checkable(QVariantMap parameters, QgsProcessingContext& context) const {
  LayerFiles layers(context, nullptr);
  for (const QgsProcessingParameterDefinition* definition : parameterDefinitions()) {
    if (names_model(definition->name(), parameters)) parameters.remove(definition->name());
    // QGIS takes texts alone for choices, numbers too.
    const QVariant given = parameters.value(definition->name());
    if (given.userType() == QMetaType::Int && definition->type() == QgsProcessingParameterEnum::typeName())
      parameters[definition->name()] = given.toString();
    if (!takes_layers(*definition)) continue;
    const QVariantList values = single_values(parameters.value(definition->name()));
    const auto sound = std::ranges::find_if(
        values, [&](const QVariant& value) { return layers.layer_of(value) != nullptr; });
    // The layer alone: its selection QGIS refuses in a list.
    if (sound != values.end())
      parameters[definition->name()] = QVariantList{QVariant::fromValue<QObject*>(layers.layer_of(*sound))};
    const QString first = values.value(0).toString();
    if (sound == values.end() && !first.isEmpty())
      throw QgsProcessingException(
          translated("%1: '%2' can't be opened.").arg(definition->description(), first));
  }
  return parameters;
}

/// The choice of models takes folders, too, as on the command line; the program says what is wrong with them.
bool OperationAlgorithm::names_model(const QString& name, const QVariantMap& parameters) const {
  const auto is_model = [&](const Parameter& p) {
    const FieldKind kind = field_kind(p, m_variant);
    return parameter_name(p) == name && (kind == FieldKind::Model || kind == FieldKind::ModelList);
  };
  return std::ranges::any_of(m_variant.spec->parameters, is_model) &&
         !single_values(parameters.value(name)).isEmpty();
}

void OperationAlgorithm::refuse_services(const QVariantMap& parameters, LayerFiles& layers) const {
  for (const QgsProcessingParameterDefinition* definition : parameterDefinitions()) {
    const bool takes_rasters =
        definition->type() == QgsProcessingParameterRasterLayer::typeName() || takes_layers(*definition);
    if (!takes_rasters) continue;
    for (const QVariant& value : single_values(parameters.value(definition->name()))) {
      if (is_file(value)) continue;
      const QString refusal = refusal_of(layers.layer_of(value, LayerFiles::Hint::Raster));
      if (!refusal.isEmpty()) throw QgsProcessingException(refusal);
    }
  }
}

void OperationAlgorithm::initAlgorithm(const QVariantMap&) {
  for (auto& definition : make_parameters(m_variant, m_settings)) {
    // What no dialog shows is no output for a model to go on from.
    const bool is_shown = (definition->flags() & compat::kHidden) == 0;
    addParameter(definition.release(), is_shown);
  }
  for (auto& definition : make_outputs(m_variant)) addOutput(definition.release());
}

QgsProcessingAlgorithm* OperationAlgorithm::createInstance() const {
  return new OperationAlgorithm(m_variant);
}

bool OperationAlgorithm::prepareAlgorithm(const QVariantMap& parameters, QgsProcessingContext& context,
                                          QgsProcessingFeedback* feedback) {
  guarded(*m_variant.spec, [&] { build_command(parameters, context, feedback); });
  return true;
}

void OperationAlgorithm::build_command(const QVariantMap& parameters, QgsProcessingContext& context,
                                       QgsProcessingFeedback* feedback) {
  refuse_unknown(*this, parameters);
  const ProgramLocation program = find_program(m_settings);
  if (program.path.isEmpty()) throw QgsProcessingException(program.problem);
  m_program = program.path;
  m_layers = std::make_unique<LayerFiles>(context, feedback);
  const ArgumentBuilder builder(*this, m_variant, m_settings, context, *m_layers);
  const LayersToLoad before = context.layersToLoadOnCompletion();
  m_values = builder.values(parameters);
  for (const Parameter& parameter : m_variant.spec->parameters) {
    const auto target = m_values.find(parameter.key());
    if (!is_destination(field_kind(parameter, m_variant)) || target == m_values.end() || !target->is_string())
      continue;
    m_targets << to_qt(target->get<std::string>());
    m_files << possible_files(m_targets.last(), m_values);
  }
  for (const QString& file : m_files) m_layers->refuse_replacing(file, m_values.value("append", false));
  if (m_values.value("layer", std::string()).find('|') != std::string::npos)
    throw QgsProcessingException(
        translated("The name of a layer can't have a bar (|), QGIS would not find it."));
  if (!m_values.value("where", std::string()).empty() && m_layers->has_exports())
    feedback->pushWarning(
        translated("A layer is copied to a GeoPackage for the run, whose rules WHERE follows: texts "
                   "are compared by case, and the id is orthocover_id."));
  // Nobody can go on from an output whose name is made for this run.
  const QString target = to_qt(m_values.value("output", std::string()));
  if (target.startsWith(QgsProcessingUtils::tempFolder()) && m_variant.spec->find("journal") != nullptr)
    m_values.emplace("journal", 0);
  const QString package = to_qt(m_values.value("package", std::string()));
  if (package.startsWith(QgsProcessingUtils::tempFolder()))
    feedback->pushWarning(translated("The model goes into %1, which QGIS removes when it is closed: choose a "
                                     "folder of your own to keep it.")
                              .arg(package));
  // QGIS forgets what a run in another thread was to load, and must not load what did not come to be.
  m_to_load = context.layersToLoadOnCompletion();
  // In a model those of other steps are there, too, which may be the inputs of this one. What was to draw an
  // earlier layer of the same file QGIS has deleted; a GeoPackage that is added to keeps that layer.
  LayersToLoad others = before;
  for (const QString& key : before.keys()) {
    if (!m_targets.contains(key)) {
      m_to_load.remove(key);
      continue;
    }
    const auto old = others.take(key);
    if (m_values.value("append", false))
      others.insert(key, {old.name, old.project, old.outputName, old.layerTypeHint});
  }
  context.setLayersToLoadOnCompletion(others);
  m_input_name = builder.input_name(parameters);
  // Without a name of its own a layer is called like its output.
  for (auto& details : m_to_load) {
    const auto* output = parameterDefinition(details.outputName);
    if (!m_input_name.isEmpty() && output != nullptr && details.name == output->description())
      details.name.clear();
  }
  m_load_maps = parameters.value(QLatin1String(kLoadMapsName)).toBool();
  m_words = command_words(*m_variant.spec, m_values);
  if (is_too_long(m_words))
    m_words = {m_variant.spec->name, "--config", write_options(m_values).toStdString()};
}

QVariantMap OperationAlgorithm::processAlgorithm(const QVariantMap&, QgsProcessingContext& context,
                                                 QgsProcessingFeedback* feedback) {
  return guarded(*m_variant.spec, [&] {
    const auto copies = qScopeGuard([&] { m_layers->remove_exports(); });
    m_outcome.cancelled = !m_layers->write_exports(*feedback);
    if (m_outcome.cancelled) return QVariantMap();
    QStringList words;
    for (const std::string& word : m_words) words << to_qt(word);
    std::vector<std::string> line = m_words;
    line.insert(line.begin(), m_program.toStdString());
    feedback->pushCommandInfo(to_qt(shell_line(line)));
    if (m_layers->has_exports())
      feedback->pushInfo(translated("The command names copies of layers, which are removed after the run."));
    const auto wording = [&](const QString& message) {
      return m_layers->with_layer_names(with_field_names(message, *m_variant.spec));
    };
    m_started = QDateTime::currentDateTime();
    const auto reload = [&] {
      reload_soon(m_files, m_started, m_values.value("append", false), context.project());
    };
    try {
      m_outcome = ChildRun(m_program, *feedback, wording, m_layers->export_percent()).run(words);
    } catch (...) {
      reload();
      throw;
    }
    if (feedback->isCanceled()) reload();
    return m_outcome.cancelled ? QVariantMap() : results_of(m_variant, m_values, m_outcome, *feedback);
  });
}

QVariantMap OperationAlgorithm::postProcessAlgorithm(QgsProcessingContext& context,
                                                     QgsProcessingFeedback* feedback) {
  return guarded(*m_variant.spec, [&] {
    const QPointer<QgsProject> project(context.project());
    // Models of older QGIS end their steps in threads of their own.
    const QStringList files = files_of_run(m_outcome);
    QSet<QString> open_layers;
    if (QThread::currentThread() != qApp->thread()) {
      const auto reload = [project, files] {
        if (project) reload_layers_of(files, *project);
      };
      QMetaObject::invokeMethod(qApp, reload, Qt::QueuedConnection);
    } else if (project) {
      for (const QString& id : project->mapLayers().keys()) open_layers << id;
      reload_layers_of(files, *project);
      // Other layers of a file that was appended to are as they were.
      const QStringList replaced = m_values.value("append", false) ? QStringList() : files;
      for (const QString& layer : deselect_layers_of(replaced, *project, m_started))
        feedback->pushWarning(
            translated("The file of layer '%1' was replaced, so nothing of it is selected any more.")
                .arg(layer));
      for (const QString& layer : edited_layers_of(replaced, *project, m_started))
        feedback->reportError(
            translated("The file of layer '%1' was replaced while the layer was edited: its edits are of "
                       "polygons that are gone. Cancel them, don't save them.")
                .arg(layer));
    }
    if (!m_outcome.cancelled)
      load_results(m_variant, m_values, m_outcome, m_input_name, m_to_load, open_layers, context);
    if (m_load_maps) load_scene_maps(m_outcome, open_layers, context);
    m_layers.reset();
    return QVariantMap();
  });
}

}  // namespace orthocover::qgis
