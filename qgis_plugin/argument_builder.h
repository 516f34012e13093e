#pragma once

#include <qgsprocessingalgorithm.h>
#include <qgsprocessingcontext.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <QVariantMap>

#include "qgis_plugin/algorithm_variant.h"
#include "qgis_plugin/field_kind.h"
#include "qgis_plugin/layer_files.h"
#include "qgis_plugin/plugin_settings.h"

namespace orthocover::qgis {

/// The single values of a parameter that takes several: a list, or a text of `;` between them.
QVariantList single_values(const QVariant& value);

/// Turns what a dialog or script gives into the operation's own values. Uses layers, in the thread that QGIS
/// prepares an algorithm in.
class ArgumentBuilder {
 public:
  /// @param algorithm owns the definitions of the parameters
  ArgumentBuilder(const QgsProcessingAlgorithm& algorithm, const AlgorithmVariant& variant,
                  const PluginSettings& settings, QgsProcessingContext& context, LayerFiles& layers);

  /// Every value that differs from the declared default, by its JSON key, checked by itself.
  /// @throws Error{Usage}, QgsProcessingException
  nlohmann::json values(const QVariantMap& parameters) const;

  /// Checks what needs no layer and names no output: numbers, words, lists, models.
  /// @throws Error{Usage}
  void check_plain_values(const QVariantMap& parameters) const;

  /// Name of the first input, for naming results: `ortho`.
  QString input_name(const QVariantMap& parameters) const;

 private:
  nlohmann::json value_of(const Parameter& parameter, const QVariantMap& parameters) const;
  nlohmann::json input_of(const Parameter& parameter, FieldKind kind, const QVariant& value,
                          const QVariantMap& parameters) const;
  nlohmann::json text_value(const Parameter& parameter, const QVariantMap& parameters) const;
  nlohmann::json number_value(const Parameter& parameter, const QVariant& value) const;
  nlohmann::json list_value(const Parameter& parameter, const QVariant& value) const;
  nlohmann::json model_value(const Parameter& parameter, const QVariantMap& parameters) const;
  nlohmann::json extent_value(const Parameter& parameter, const QVariantMap& parameters) const;
  nlohmann::json destination_value(const Parameter& parameter, FieldKind kind,
                                   const QVariantMap& parameters) const;
  nlohmann::json input_value(const Parameter& parameter, FieldKind kind, const QVariantMap& parameters) const;
  std::optional<QgsCoordinateReferenceSystem> crs_of(const QVariant& scene) const;
  QgsCoordinateReferenceSystem scene_crs(const QVariantMap& parameters) const;
  /// The value as given, or the field's default.
  QVariant given(const QString& name, const QVariantMap& parameters) const;

  const QgsProcessingAlgorithm& m_algorithm;
  const AlgorithmVariant& m_variant;
  const PluginSettings& m_settings;
  QgsProcessingContext& m_context;
  LayerFiles& m_layers;
};

}  // namespace orthocover::qgis
