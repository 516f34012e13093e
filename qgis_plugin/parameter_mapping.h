#pragma once

#include <qgsprocessingalgorithm.h>
#include <qgsprocessingparameters.h>

#include <memory>
#include <QVariantMap>
#include <vector>

#include "qgis_plugin/algorithm_variant.h"
#include "qgis_plugin/plugin_settings.h"

namespace orthocover::qgis {

/// Name of the field for a model package that is not in the list of installed ones.
QString model_folder_name(const Parameter& parameter);

/// Name of the field that has QGIS load every map of a batch; only a batch has it.
inline constexpr const char* kLoadMapsName = "LOAD_MAPS";

/// The fields of an algorithm's dialog, in the order of the dialog: inputs, main options, outputs; the rare
/// ones carry the advanced flag. Everything they say comes from the declaration.
std::vector<std::unique_ptr<QgsProcessingParameterDefinition>> make_parameters(
    const AlgorithmVariant& variant, const PluginSettings& settings);

/// QGIS passes over values that an algorithm has no parameter for; a wrong name would go unnoticed.
/// @param values by the names of parameters
/// @throws Error{Usage} naming the parameter that may be meant
void refuse_unknown(const QgsProcessingAlgorithm& algorithm, const QVariantMap& values);

}  // namespace orthocover::qgis
