#pragma once

#include <qgsprocessingprovider.h>

namespace orthocover::qgis {

/// The algorithms of orthocover in QGIS: one for each operation.
class Provider final : public QgsProcessingProvider {
 public:
  static constexpr const char* kId = "orthocover";

  QString id() const override;
  QString name() const override;
  QString longName() const override;
  QString versionInfo() const override;
  QString helpId() const override;
  QIcon icon() const override;
  QString svgIconPath() const override;
  bool supportsNonFileBasedOutput() const override;
  QStringList supportedOutputRasterLayerExtensions() const override;
  QStringList supportedOutputVectorLayerExtensions() const override;
  /// Folders and names of formats are outputs, too, and those that a field for the format asks for.
  bool isSupportedOutputValue(const QVariant& value, const QgsProcessingDestinationParameter* parameter,
                              QgsProcessingContext& context, QString& error) const override;
  void loadAlgorithms() override;
};

}  // namespace orthocover::qgis
