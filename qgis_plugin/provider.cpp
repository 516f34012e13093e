#include "qgis_plugin/provider.h"

#include <qgsprocessingparameters.h>

#include <QFileInfo>
#include <QIcon>

#include "core/base/version.h"
#include "core/operations/registry.h"
#include "qgis_plugin/file_types.h"
#include "qgis_plugin/operation_algorithm.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {

QString Provider::id() const {
  return QLatin1String(kId);
}

QString Provider::name() const {
  return QStringLiteral("orthocover");
}

QString Provider::longName() const {
  return translated("orthocover: land-cover maps from drone orthophotos");
}

QString Provider::versionInfo() const {
  return to_qt(std::string(orthocover::version()));
}

QString Provider::helpId() const {
  return id();
}

QIcon Provider::icon() const {
  return QIcon(svgIconPath());
}

QString Provider::svgIconPath() const {
  return QStringLiteral(":/orthocover/orthocover.svg");
}

bool Provider::supportsNonFileBasedOutput() const {
  return false;
}

QStringList Provider::supportedOutputRasterLayerExtensions() const {
  return {QStringLiteral("tif")};
}

QStringList Provider::supportedOutputVectorLayerExtensions() const {
  QStringList extensions;
  for (const OperationSpec& spec : all_operations()) {
    for (const Parameter& parameter : spec.parameters) {
      const bool main_output = parameter.positional && parameter.kind == ParameterKind::VectorOut;
      if (main_output) extensions << named_extensions(parameter.help);
    }
  }
  extensions.removeDuplicates();
  return extensions;
}

bool Provider::isSupportedOutputValue(const QVariant& value,
                                      const QgsProcessingDestinationParameter* parameter,
                                      QgsProcessingContext& context, QString& error) const {
  // Besides those that file dialogs offer the program knows other names and formats.
  static const QStringList kVectors =
      QStringLiteral("tab mif gml csv sqlite gdb json ndjson geojsons").split(' ');
  const bool is_layer = value.canConvert<QgsProcessingOutputLayerDefinition>();
  const QString text = is_layer
                           ? value.value<QgsProcessingOutputLayerDefinition>().sink.staticValue().toString()
                           : value.toString();
  const QString suffix = QFileInfo(text).suffix().toLower();
  const bool is_file = !text.isEmpty() && !text.section('/', 0, 0).contains(':');
  const bool is_vector = dynamic_cast<const QgsProcessingParameterVectorDestination*>(parameter) != nullptr;
  const bool is_raster = dynamic_cast<const QgsProcessingParameterRasterDestination*>(parameter) != nullptr;
  const bool is_known =
      (is_vector && kVectors.contains(suffix)) || (is_raster && suffix == QLatin1String("tiff"));
  if (is_file && (suffix.isEmpty() || is_known)) return true;
  return QgsProcessingProvider::isSupportedOutputValue(value, parameter, context, error);
}

void Provider::loadAlgorithms() {
  for (AlgorithmVariant& variant : all_variants()) addAlgorithm(new OperationAlgorithm(std::move(variant)));
}

}  // namespace orthocover::qgis
