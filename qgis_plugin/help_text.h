#pragma once

#include <qgsprocessingalgorithm.h>

#include <QString>

#include "qgis_plugin/algorithm_variant.h"

namespace orthocover::qgis {

/// The text beside the dialog: what the algorithm does, its fields as the dialog has them, examples for the
/// command line.
QString help_html(const AlgorithmVariant& variant, const QgsProcessingAlgorithm& algorithm);

}  // namespace orthocover::qgis
