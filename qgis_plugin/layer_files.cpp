#include "qgis_plugin/layer_files.h"

#include <qgsexception.h>
#include <qgsprocessingparameters.h>
#include <qgsprovidermetadata.h>
#include <qgsproviderregistry.h>
#include <qgsprovidersublayerdetails.h>
#include <qgsrasterlayer.h>
#include <qgsvectorlayer.h>

#include <QDir>
#include <QFileInfo>

#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// Layers that stand beside the one that is meant and are no map data of their own, or belong to it.
bool is_companion(const QString& layer_name) {
  return layer_name == QLatin1String("layer_styles") || layer_name == QLatin1String("windows");
}

/// Whether a program that is told the file alone finds this layer.
bool is_only_layer(const QString& path, const QString& layer_name) {
  int others = 0;
  for (const QgsProviderSublayerDetails& layer : QgsProviderRegistry::instance()->querySublayers(path))
    others += layer.name() != layer_name && !is_companion(layer.name()) ? 1 : 0;
  return others == 0;
}

bool has_changes(const QgsVectorLayer& layer) {
  return layer.isEditable() && layer.isModified();
}

}  // namespace

/// A value of a parameter, taken apart.
struct LayerFiles::Reference {
  QVariant source;
  bool selected_only = false;
  long long feature_limit = -1;
};

LayerFiles::LayerFiles(QgsProcessingContext& context, QgsProcessingFeedback* feedback)
    : m_context(context), m_feedback(feedback) {}

LayerFiles::~LayerFiles() {
  remove_exports();
}

void LayerFiles::remove_exports() {
  for (const QString& file : m_exports) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) QFile::remove(file + QLatin1String(suffix));
    QDir().rmdir(QFileInfo(file).path());
  }
  m_exports.clear();
}

LayerFiles::Reference LayerFiles::reference_of(const QVariant& value) {
  Reference reference{value};
  if (value.canConvert<QgsProcessingFeatureSourceDefinition>()) {
    const auto definition = value.value<QgsProcessingFeatureSourceDefinition>();
    reference = {QVariant::fromValue(definition.source), definition.selectedFeaturesOnly,
                 definition.featureLimit};
  }
  if (reference.source.canConvert<QgsProperty>())
    reference.source = reference.source.value<QgsProperty>().staticValue();
  return reference;
}

QgsMapLayer* LayerFiles::layer_of(const QVariant& value, Hint hint) {
  const QVariant source = reference_of(value).source;
  if (auto* layer = qobject_cast<QgsMapLayer*>(source.value<QObject*>())) return layer;
  const QString text = source.toString();
  return text.isEmpty() ? nullptr : QgsProcessingUtils::mapLayerFromString(text, m_context, true, hint);
}

QString LayerFiles::file_of(const QVariant& value, Hint hint) {
  const Reference reference = reference_of(value);
  QgsMapLayer* layer = layer_of(value, hint);
  if (auto* raster = qobject_cast<QgsRasterLayer*>(layer)) return file_of_raster(*raster);
  if (auto* vector = qobject_cast<QgsVectorLayer*>(layer))
    return file_of_vector(*vector, reference.selected_only, reference.feature_limit);
  return reference.source.toString();
}

QStringList LayerFiles::files_of(const QVariant& value, Hint hint) {
  QStringList files;
  for (const QVariant& item : single_values(value)) files << file_of(item, hint);
  return files;
}

QString LayerFiles::file_of_raster(const QgsRasterLayer& layer) const {
  // Behind the bar stand options of QGIS, not of the file.
  if (const QString refusal = refusal_of(&layer); !refusal.isEmpty()) throw QgsProcessingException(refusal);
  return layer.source().section('|', 0, 0);
}

QString LayerFiles::file_of_vector(const QgsVectorLayer& layer, bool selected_only, long long feature_limit) {
  const bool is_file = layer.providerType() == QLatin1String("ogr");
  const bool as_it_lies =
      !selected_only && feature_limit < 0 && !has_changes(layer) && layer.subsetString().isEmpty();
  if (!is_file || !as_it_lies) return export_vector(layer, selected_only, feature_limit);
  const QVariantMap parts = QgsProviderRegistry::instance()->decodeUri(QStringLiteral("ogr"), layer.source());
  const QString path = parts.value(QStringLiteral("path")).toString();
  const QString name = parts.value(QStringLiteral("layerName")).toString();
  const bool by_number = !parts.value(QStringLiteral("layerId")).isNull();
  const bool found_by_path = (name.isEmpty() && !by_number) || (!by_number && is_only_layer(path, name));
  return found_by_path ? path : export_vector(layer, selected_only, feature_limit);
}

QString LayerFiles::export_vector(const QgsVectorLayer& layer, bool selected_only, long long feature_limit) {
  // No extension counts as compatible, so that QGIS writes a file in any case.
  const QString file = QgsProcessingUtils::convertToCompatibleFormat(
      &layer, selected_only, QStringLiteral("layer"), {}, QStringLiteral("gpkg"), m_context, m_feedback,
      feature_limit);
  m_exports << file;
  if (QFileInfo::exists(file)) return file;
  throw QgsProcessingException(
      translated("Layer '%1' could not be written to the temporary file %2: save it as a GeoPackage first "
                 "(right click on the layer, Export > Save Features As).")
          .arg(layer.name(), file));
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

bool is_list(const QVariant& value) {
  return value.userType() == QMetaType::QVariantList || value.userType() == QMetaType::QStringList;
}

QVariantList single_values(const QVariant& value) {
  if (value.canConvert<QgsProperty>()) return single_values(value.value<QgsProperty>().staticValue());
  if (qobject_cast<QgsMapLayer*>(value.value<QObject*>()) != nullptr) return {value};
  QVariantList values;
  if (is_list(value)) {
    for (const QVariant& item : value.toList()) values << single_values(item);
    return values;
  }
  for (const QString& part : value.toString().split(';')) {
    if (!part.isEmpty()) values << part;
  }
  return values;
}

}  // namespace orthocover::qgis
