#pragma once

#include <QString>

#include "qgis_plugin/child_run.h"

namespace orthocover::qgis {

/// What a run has to say as an HTML page: the table of areas per class, the scenes, the printed text. Empty
/// when it has nothing to say.
QString result_page(const QString& title, const ChildOutcome& outcome);

}  // namespace orthocover::qgis
