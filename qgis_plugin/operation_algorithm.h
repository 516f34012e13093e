#pragma once

#include <qgsprocessingalgorithm.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <QDateTime>
#include <QStringList>

#include "qgis_plugin/algorithm_variant.h"
#include "qgis_plugin/child_run.h"
#include "qgis_plugin/layer_files.h"
#include "qgis_plugin/plugin_settings.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/run_results.h"

namespace orthocover::qgis {

/// Any operation of orthocover as a Processing algorithm. Everything it shows comes from the declaration; the
/// work is done by the program in a process of its own.
class OperationAlgorithm final : public QgsProcessingAlgorithm {
 public:
  explicit OperationAlgorithm(AlgorithmVariant variant);

  QString name() const override;
  QString displayName() const override;
  QString group() const override;
  QString groupId() const override;
  QStringList tags() const override;
  QString shortDescription() const override;
  QString shortHelpString() const override;
  QString helpUrl() const override;
  QIcon icon() const override;
  QString svgIconPath() const override;
  compat::AlgorithmFlags flags() const override;
  bool canExecute(QString* message = nullptr) const override;
  bool checkParameterValues(const QVariantMap& parameters, QgsProcessingContext& context,
                            QString* message = nullptr) const override;
  void initAlgorithm(const QVariantMap& configuration = {}) override;

 protected:
  QgsProcessingAlgorithm* createInstance() const override;
  bool prepareAlgorithm(const QVariantMap& parameters, QgsProcessingContext& context,
                        QgsProcessingFeedback* feedback) override;
  QVariantMap processAlgorithm(const QVariantMap& parameters, QgsProcessingContext& context,
                               QgsProcessingFeedback* feedback) override;
  QVariantMap postProcessAlgorithm(QgsProcessingContext& context, QgsProcessingFeedback* feedback) override;

 private:
  /// Refuses layers of services before a dialog starts its run.
  /// @throws QgsProcessingException naming the layer and the cure
  void refuse_services(const QVariantMap& parameters, LayerFiles& layers) const;
  QVariantMap checkable(QVariantMap parameters, QgsProcessingContext& context) const;
  bool names_model(const QString& name, const QVariantMap& parameters) const;
  void build_command(const QVariantMap& parameters, QgsProcessingContext& context,
                     QgsProcessingFeedback* feedback);

  AlgorithmVariant m_variant;
  PluginSettings m_settings;
  // Of one run; the registered algorithm never runs itself.
  QString m_program;
  std::vector<std::string> m_words;
  QString m_input_name;
  nlohmann::json m_values;
  QStringList m_targets;  ///< files and folders of the outputs
  QStringList m_files;    ///< that these may become
  LayersToLoad m_to_load;
  bool m_load_maps = false;
  std::unique_ptr<LayerFiles> m_layers;
  QDateTime m_started;  ///< of the program
  ChildOutcome m_outcome;
};

}  // namespace orthocover::qgis
