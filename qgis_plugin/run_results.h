#pragma once

#include <qgsprocessingcontext.h>
#include <qgsprocessingfeedback.h>
#include <qgsprocessingoutputs.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <QVariantMap>
#include <vector>

#include "qgis_plugin/algorithm_variant.h"
#include "qgis_plugin/child_run.h"

namespace orthocover::qgis {

/// Outputs besides the files that are parameters: a page of results, the printed text, numbers.
std::vector<std::unique_ptr<QgsProcessingOutputDefinition>> make_outputs(const AlgorithmVariant& variant);

/// The results of a run that ended well: files that are there, text, numbers. Tells the log what came out.
/// @param values what the run was given, by JSON key
QVariantMap results_of(const AlgorithmVariant& variant, const nlohmann::json& values,
                       const ChildOutcome& outcome, QgsProcessingFeedback& feedback);

/// Says how the layers of the results are called and drawn when QGIS loads them; what was not made is not
/// loaded. Main thread only.
void load_results(const AlgorithmVariant& variant, const nlohmann::json& values, const ChildOutcome& outcome,
                  const QString& input_name, QgsProcessingContext& context, QgsProcessingFeedback& feedback);

}  // namespace orthocover::qgis
