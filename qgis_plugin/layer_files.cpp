#include "qgis_plugin/layer_files.h"

#include <qgscategorizedsymbolrenderer.h>
#include <qgsexception.h>
#include <qgsexpression.h>
#include <qgsfileutils.h>
#include <qgsprocessingparameters.h>
#include <qgsprocessingutils.h>
#include <qgsproject.h>
#include <qgsprovidermetadata.h>
#include <qgsproviderregistry.h>
#include <qgsprovidersublayerdetails.h>
#include <qgsrasterlayer.h>
#include <qgssymbol.h>
#include <qgsvectorlayer.h>

#include <algorithm>
#include <QDir>
#include <QFileInfo>

#include "qgis_plugin/file_types.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

constexpr int kLongestName = 60;

/// Layers that belong to the one that is meant.
bool is_companion(const QString& layer_name) {
  return layer_name == QLatin1String("layer_styles") || layer_name == QLatin1String(kWindows);
}

/// Whether a program that is told the file alone finds this layer; without a name it is the first one.
bool is_only_layer(const QString& path, QString layer_name) {
  int others = 0;
  for (const QgsProviderSublayerDetails& layer : QgsProviderRegistry::instance()->querySublayers(path)) {
    if (layer_name.isEmpty()) layer_name = layer.name();
    others += layer.name() != layer_name && !is_companion(layer.name()) ? 1 : 0;
  }
  return others == 0;
}

bool has_changes(const QgsVectorLayer& layer) {
  return layer.isEditable() && layer.isModified();
}

/// Whether the project gives the layer a CRS that its file has not.
bool has_other_crs(const QgsMapLayer& layer) {
  const QgsDataProvider* provider = layer.dataProvider();
  return provider != nullptr && layer.crs().isValid() && layer.crs() != provider->crs();
}

/// Whether there are virtual fields, or those of a joined layer.
bool has_other_fields(const QgsFields& fields) {
  for (int i = 0; i < fields.count(); ++i) {
    if (fields.fieldOrigin(i) != compat::kFieldOfProvider) return true;
  }
  return false;
}

/// Names and colours of the classes that a layer is drawn in.
QgsCategoryList categories_of(const QgsVectorLayer& layer) {
  const auto* renderer = dynamic_cast<const QgsCategorizedSymbolRenderer*>(layer.renderer());
  return renderer != nullptr ? renderer->categories() : QgsCategoryList();
}

/// Whether a layer is drawn by rules, ranges or an expression, which name no classes.
bool has_nameless_classes(const QgsVectorLayer& layer) {
  static const QStringList kPlain = QStringLiteral("singleSymbol nullSymbol embeddedSymbol").split(' ');
  if (layer.renderer() == nullptr || kPlain.contains(layer.renderer()->type())) return false;
  const auto* renderer = dynamic_cast<const QgsCategorizedSymbolRenderer*>(layer.renderer());
  if (renderer == nullptr) return true;
  const QString field = renderer->classAttribute();
  return layer.fields().lookupField(field) < 0 && !QgsExpression(field).isField();
}

/// Whether the project draws classes otherwise than the saved style.
bool has_unsaved_classes(const QgsVectorLayer& layer) {
  const QgsCategoryList drawn = categories_of(layer);
  if (drawn.isEmpty()) return false;
  const QgsCategoryList saved =
      categories_of(QgsVectorLayer(layer.source(), layer.name(), layer.providerType()));
  return !std::ranges::equal(drawn, saved, [](const QgsRendererCategory& a, const QgsRendererCategory& b) {
    return a.value() == b.value() && a.label() == b.label() &&
           (a.symbol() == nullptr || b.symbol() == nullptr || a.symbol()->color() == b.symbol()->color());
  });
}

/// The file that a layer of any provider comes from; empty where there is none.
QString source_of(const QgsVectorLayer& layer) {
  return QgsProviderRegistry::instance()
      ->decodeUri(layer.providerType(), layer.source())
      .value("path")
      .toString();
}

/// The file of a layer of OGR; empty for others.
QString path_of(const QgsVectorLayer& layer) {
  if (layer.providerType() != QLatin1String("ogr")) return {};
  const QVariantMap parts = QgsProviderRegistry::instance()->decodeUri(QStringLiteral("ogr"), layer.source());
  QString path;
  // Of a file in an archive the path is but a part.
  for (const char* part : {"vsiPrefix", "path", "vsiSuffix"})
    path += parts.value(QLatin1String(part)).toString();
  return path;
}

/// Layers in edit mode that come from a file.
QList<const QgsVectorLayer*> edited_layers(const QString& file, const QgsProcessingContext& context) {
  QList<const QgsVectorLayer*> edited;
  if (context.project() == nullptr) return edited;
  for (const QgsVectorLayer* layer : context.project()->layers<QgsVectorLayer*>())
    if (layer->isEditable() && is_same_file(path_of(*layer), file)) edited << layer;
  return edited;
}

/// Whether QGIS reads texts otherwise than the program.
bool has_other_encoding(const QgsVectorLayer& layer, const QString& path) {
  if (QFileInfo(path).suffix().toLower() != QLatin1String("shp")) return false;
  const QgsVectorLayer fresh(path, layer.name(), layer.providerType());
  return fresh.isValid() && fresh.dataProvider()->encoding() != layer.dataProvider()->encoding();
}

}  // namespace

/// A value of a parameter, taken apart.
struct LayerFiles::Reference {
  QVariant source;
  bool selected_only = false;
  long long feature_limit = -1;
  QString filter;
  bool skips_invalid = false;
  bool is_labels = false;
  bool has_classes = false;
  bool is_path = false;  ///< of a file, in which the program finds the layer as on the command line
};

LayerFiles::LayerFiles(QgsProcessingContext& context, QgsProcessingFeedback* feedback)
    : m_context(context), m_feedback(feedback) {}

LayerFiles::~LayerFiles() {
  remove_exports();
}

bool LayerFiles::write_exports(QgsProcessingFeedback& feedback) {
  if (feedback.isCanceled()) return false;
  QgsProcessingMultiStepFeedback part(kParts * static_cast<int>(m_exports.size()), &feedback);
  int step = 0;
  for (LayerCopy& copy : m_exports) {
    part.setCurrentStep(step++);
    if (!copy.write(part)) return false;
  }
  return true;
}

void LayerFiles::remove_exports() {
  for (const LayerCopy& copy : m_exports) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
      QFile::remove(copy.file() + QLatin1String(suffix));
    QDir().rmdir(QFileInfo(copy.file()).path());
  }
  m_exports.clear();
}

LayerFiles::Reference LayerFiles::reference_of(const QVariant& value) const {
  Reference reference;
  reference.source = value;
  if (value.canConvert<QgsProcessingFeatureSourceDefinition>()) {
    const auto definition = value.value<QgsProcessingFeatureSourceDefinition>();
    reference = {QVariant::fromValue(definition.source), definition.selectedFeaturesOnly,
                 definition.featureLimit, compat::filter_of(definition),
                 definition.flags.testFlag(compat::kOwnGeometryCheck) &&
                     definition.geometryCheck == compat::kSkipInvalid};
  }
  if (reference.source.canConvert<QgsProperty>())
    reference.source = reference.source.value<QgsProperty>().value(m_context.expressionContext());
  reference.is_path =
      reference.source.userType() == QMetaType::QString && QFileInfo(reference.source.toString()).isFile();
  return reference;
}

QgsMapLayer* LayerFiles::layer_of(const QVariant& value, Hint hint) {
  const QVariant source = reference_of(value).source;
  if (auto* layer = qobject_cast<QgsMapLayer*>(source.value<QObject*>())) return layer;
  const QString text = source.toString();
  return text.isEmpty() ? nullptr : QgsProcessingUtils::mapLayerFromString(text, m_context, true, hint);
}

QString LayerFiles::file_of(const QVariant& value, Hint hint, bool is_labels) {
  if (hint == Hint::Raster && is_file(value)) return value.toString();
  Reference reference = reference_of(value);
  reference.is_labels = is_labels;
  reference.has_classes = hint == Hint::UnknownType;
  QgsMapLayer* layer = layer_of(value, hint);
  if (auto* raster = qobject_cast<QgsRasterLayer*>(layer)) return file_of_raster(*raster);
  auto* vector = qobject_cast<QgsVectorLayer*>(layer);
  if (vector == nullptr) return reference.source.toString();
  if (is_labels && has_nameless_classes(*vector))
    warn(translated("Layer '%1' is drawn by rules, ranges or an expression, which a run can't use: names and "
                    "colours of classes come from the legend, else from its fields. The categories of a "
                    "field can be used.")
             .arg(vector->name()));
  const QString file = file_of_vector(*vector, reference);
  return file.isEmpty() ? export_vector(*vector, reference) : file;
}

QString LayerFiles::field_of(const QVariant& value, const QString& name) {
  const QgsMapLayer* layer = layer_of(value, Hint::Vector);
  const auto copy = std::ranges::find_if(m_exports, [&](const LayerCopy& one) {
    return value.isValid() ? layer != nullptr && one.layer_id() == layer->id()
                           : one.has_classes() && one.field_of(name) != name;
  });
  return copy == m_exports.end() ? name : copy->field_of(name);
}

QString LayerFiles::with_layer_names(QString message) const {
  for (const LayerCopy& copy : m_exports) {
    const QString name = translated("layer '%1'").arg(copy.layer_name());
    message.replace(QStringLiteral("%1: layer %2 ").arg(copy.file(), kLayer), name + ' ');
    message.replace(copy.file(), name);
  }
  return message;
}

QString LayerFiles::file_of_raster(const QgsRasterLayer& layer) const {
  if (const QString refusal = refusal_of(&layer); !refusal.isEmpty()) throw QgsProcessingException(refusal);
  if (has_other_crs(layer))
    warn(
        translated("Layer '%1' has the CRS %2 in the project, but its file has %3, which counts here: Raster "
                   "> Projections > Assign Projection gives the file its CRS.")
            .arg(layer.name(), layer.crs().userFriendlyIdentifier(),
                 layer.dataProvider()->crs().isValid() ? layer.dataProvider()->crs().userFriendlyIdentifier()
                                                       : translated("none")));
  for (int band = 1; band <= layer.bandCount(); ++band) {
    const QgsRasterDataProvider& data = *layer.dataProvider();
    const bool is_ignored = data.sourceHasNoDataValue(band) && !data.useSourceNoDataValue(band);
    if (data.userNoDataValues(band).isEmpty() && !is_ignored) continue;
    warn(translated("Layer '%1' has another no-data value in the project than in its file, which counts "
                    "here: Raster > Conversion > Translate writes a file that has it.")
             .arg(layer.name()));
    break;
  }
  // Behind a bar stand options of QGIS, not of the file.
  const QString source = layer.source();
  if (source.contains(QLatin1String("|option:")))
    warn(translated("Layer '%1' was opened with options, which do not count here: Raster > Conversion > "
                    "Translate writes a file of what it shows.")
             .arg(layer.name()));
  return QFileInfo::exists(source) ? source : source.section('|', 0, 0);
}

/// Empty where the layer is none that a file alone tells.
QString LayerFiles::file_of_vector(const QgsVectorLayer& layer, const Reference& reference) const {
  const QString path = path_of(layer);
  const bool as_it_lies = !path.isEmpty() && !reference.selected_only && reference.feature_limit < 0 &&
                          reference.filter.isEmpty() && !reference.skips_invalid && !has_changes(layer) &&
                          layer.subsetString().isEmpty() && !has_other_crs(layer) &&
                          !has_other_fields(layer.fields()) && !has_other_encoding(layer, path) &&
                          !(reference.is_labels && has_unsaved_classes(layer));
  if (!as_it_lies) return {};
  const QVariantMap parts = QgsProviderRegistry::instance()->decodeUri(QStringLiteral("ogr"), layer.source());
  const QString name = parts.value("layerName").toString();
  const bool by_number = !parts.value("layerId").isNull();
  // Of points and polygons in one file QGIS makes two layers; options change what is read.
  for (const char* part : {"geometryType", "openOptions"})
    if (!parts.value(QLatin1String(part)).toStringList().isEmpty()) return {};
  const bool found_by_path =
      !by_number && ((name.isEmpty() && reference.is_path) || is_only_layer(path, name));
  if (found_by_path && reference.is_labels) warn_of_windows(path);
  return found_by_path ? path : QString();
}

QString LayerFiles::export_vector(const QgsVectorLayer& layer, const Reference& reference) {
  if (!layer.isValid())
    throw QgsProcessingException(
        translated("Layer '%1' can't be read: repair its source (right click, Change Data Source).")
            .arg(layer.name()));
  if (reference.selected_only && layer.selectedFeatureCount() == 0)
    throw QgsProcessingException(
        translated(
            "No feature of layer '%1' is selected: select some, or leave out 'Selected features only'.")
            .arg(layer.name()));
  if (const QString fault = fault_of_filter(reference.filter, layer); !fault.isEmpty())
    throw QgsProcessingException(
        translated("Layer '%1' can't be filtered: %2").arg(layer.name(), fault.trimmed()));
  // Messages of the program name it.
  QString name = layer.name().left(kLongestName);
  if (!name.isEmpty() && name.at(name.size() - 1).isHighSurrogate()) name.chop(1);
  name = QgsFileUtils::stringToSafeFilename(name);
  const QString file = QgsProcessingUtils::generateTempFilename(name + QStringLiteral(".gpkg"));
  static const QStringList kLocal = QStringLiteral("ogr memory delimitedtext").split(' ');
  LayerCopy& copy = m_exports.emplace_back(layer, file, kLocal.contains(layer.providerType()));
  m_copied << source_of(layer);
  if (reference.selected_only) copy.select(layer.selectedFeatureIds());
  // Steps of models may be in another thread than the project, which is asked only where it must be.
  if (!reference.filter.isEmpty()) copy.set_filter(reference.filter, layer, m_context.expressionContext());
  copy.set_limit(reference.feature_limit);
  copy.set_has_classes(reference.has_classes);
  if (reference.skips_invalid) copy.skip_invalid_shapes();
  if (!reference.is_labels) return file;
  const QString path = path_of(layer);
  if (!path.isEmpty()) warn_of_windows(path);
  if (const QString lost = copy.keep_as_labels(layer, path); !lost.isEmpty())
    warn(translated("The style of layer '%1' is not known to the run: %2").arg(layer.name(), lost));
  return file;
}

void LayerFiles::refuse_replacing(const QString& file, bool appends) const {
  if (!appends &&
      std::ranges::any_of(m_copied, [&](const QString& copied) { return is_same_file(copied, file); }))
    throw QgsProcessingException(
        translated("%1: the output is an input; choose another name.").arg(QFileInfo(file).fileName()));
  for (const QgsVectorLayer* layer : edited_layers(file, m_context))
    throw QgsProcessingException(
        translated("Layer '%1' is being edited, and its file would be replaced: end its edit mode, or choose "
                   "another file.")
            .arg(layer->name()));
}

/// Beside labels it is read as it is saved.
void LayerFiles::warn_of_windows(const QString& path) const {
  for (const QgsVectorLayer* layer : edited_layers(path, m_context))
    if (has_changes(*layer) && layer->source().endsWith(QLatin1String("|layername=windows")))
      warn(translated("Layer '%1' is read without its unsaved changes.").arg(layer->name()));
}

void LayerFiles::warn(const QString& message) const {
  if (m_feedback != nullptr) m_feedback->pushWarning(message);
}

QString refusal_of(const QgsMapLayer* layer) {
  const auto* raster = qobject_cast<const QgsRasterLayer*>(layer);
  if (raster == nullptr || raster->providerType() == QLatin1String("gdal")) return {};
  return translated(
             "Layer '%1' comes from the provider '%2', which orthocover can't read: save it as a GeoTIFF "
             "first (right click on the layer, Export > Save As, output mode 'raw data' or 'rendered "
             "image').")
      .arg(raster->name(), raster->providerType());
}

bool is_file(const QVariant& value) {
  if (value.userType() != QMetaType::QString) return false;
  // What an archive holds QGIS alone finds.
  static const QString kArchives = QStringLiteral("zip gz tgz tar");
  const QFileInfo file(value.toString());
  return file.isFile() && !kArchives.split(' ').contains(file.suffix(), Qt::CaseInsensitive);
}

}  // namespace orthocover::qgis
