#include "qgis_plugin/registration.h"

#include <qgsapplication.h>
#include <qgsprocessingregistry.h>

#include "qgis_plugin/provider.h"

namespace orthocover::qgis {

bool register_provider() {
  QgsProcessingRegistry* registry = QgsApplication::processingRegistry();
  if (registry->providerById(QLatin1String(Provider::kId)) != nullptr) return false;
  return registry->addProvider(new Provider);
}

bool unregister_provider() {
  return QgsApplication::processingRegistry()->removeProvider(QLatin1String(Provider::kId));
}

}  // namespace orthocover::qgis
