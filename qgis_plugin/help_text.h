#pragma once

#include <QString>

#include "qgis_plugin/algorithm_variant.h"

namespace orthocover::qgis {

/// The text beside the dialog: what the algorithm does, its fields, examples for the command line.
QString help_html(const AlgorithmVariant& variant);

}  // namespace orthocover::qgis
