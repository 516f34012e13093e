#pragma once

#include <qgsprocessingalgorithm.h>

#include <QString>

#include "qgis_plugin/algorithm_variant.h"

namespace orthocover::qgis {

/// The text beside the dialog: what the algorithm does, its fields as the dialog has them, examples for the
/// command line.
QString help_html(const AlgorithmVariant& variant, const QgsProcessingAlgorithm& algorithm);

/// A message of the program with the names of fields in place of options.
QString with_field_names(const QString& message, const OperationSpec& spec);

}  // namespace orthocover::qgis
