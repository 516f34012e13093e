#pragma once

#include <qgsprocessingcontext.h>
#include <qgsprocessingfeedback.h>
#include <qgsprocessingoutputs.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <QSet>
#include <QVariantMap>
#include <vector>

#include "qgis_plugin/algorithm_variant.h"
#include "qgis_plugin/child_run.h"

namespace orthocover::qgis {

/// Layers by their source, with what QGIS is to do with them.
using LayersToLoad = QMap<QString, QgsProcessingContext::LayerDetails>;

/// Outputs besides the files that are parameters: a page of results, the printed text, numbers.
std::vector<std::unique_ptr<QgsProcessingOutputDefinition>> make_outputs(const AlgorithmVariant& variant);

/// The results of a run that ended well: files that are there, text, numbers. Tells the log what came out.
/// @param values what the run was given, by JSON key
QVariantMap results_of(const AlgorithmVariant& variant, const nlohmann::json& values,
                       const ChildOutcome& outcome, QgsProcessingFeedback& feedback);

/// What a run has to say as an HTML page: the table of areas per class, the scenes, the printed text. Empty
/// when it has nothing to say.
/// @param is_text_table whether the text says no more than the table of areas, where there is one
QString result_page(const QString& title, const ChildOutcome& outcome, bool is_text_table);

/// Has QGIS load the results that the user asked for, and says how their layers are called and drawn. What
/// was not made is not loaded. Main thread only.
/// @param wanted what the parameters say about loading; no name: after the input
/// @param open_layers ids of the layers that are open, which QGIS may use again
void load_results(const AlgorithmVariant& variant, const nlohmann::json& values, const ChildOutcome& outcome,
                  const QString& input_name, const LayersToLoad& wanted, const QSet<QString>& open_layers,
                  QgsProcessingContext& context);

/// The files that an output may become: of a format alone that beside the map, in a folder one for each
/// scene.
QStringList possible_files(const QString& given, const nlohmann::json& values);

/// All files that the report of a run names as its own, those that were skipped, too.
QStringList files_of_run(const ChildOutcome& outcome);

/// Has QGIS load the map of every scene of a batch.
void load_scene_maps(const ChildOutcome& outcome, const QSet<QString>& open_layers,
                     QgsProcessingContext& context);

}  // namespace orthocover::qgis
