#include "qgis_plugin/registration.h"

#include <qgsapplication.h>
#include <qgsprocessingregistry.h>

#include "qgis_plugin/provider.h"

/// Resources of a static library are there when they are asked for; the macro wants no namespace around it.
static void load_resources() {
  Q_INIT_RESOURCE(orthocover);
}

namespace orthocover::qgis {

bool register_provider() {
  QgsProcessingRegistry* registry = QgsApplication::processingRegistry();
  if (registry->providerById(QLatin1String(Provider::kId)) != nullptr) return false;
  load_resources();
  return registry->addProvider(new Provider);
}

bool unregister_provider() {
  return QgsApplication::processingRegistry()->removeProvider(QLatin1String(Provider::kId));
}

}  // namespace orthocover::qgis
