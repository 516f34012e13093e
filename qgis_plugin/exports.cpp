/// What QGIS looks up in the library by name.
#include <qgis.h>
#include <qgsapplication.h>
#include <qgssettings.h>

#include <QString>

#include "core/base/version.h"
#include "qgis_plugin/plugin.h"
#include "qgis_plugin/program_location.h"
#include "qgis_plugin/registration.h"
#include "qgis_plugin/text.h"

class QgsProviderMetadata;

namespace {

using orthocover::qgis::to_qt;
using orthocover::qgis::translated;

/// QGIS's switch for a plugin: its file's name up to the first dot.
constexpr const char* kSwitch = "Plugins/liborthocover_plugin";

/// An installed plugin works without a visit to the plugin manager; whoever unticks it there keeps it off.
void switch_on_once() {
  QgsSettings settings;
  if (!settings.contains(QLatin1String(kSwitch))) settings.setValue(QLatin1String(kSwitch), true);
}

}  // namespace

QGISEXTERN QgisPlugin* classFactory(QgisInterface* interface) {
  return new orthocover::qgis::Plugin(interface);
}

QGISEXTERN const QString* name() {
  static const QString kText = QStringLiteral("orthocover");
  return &kText;
}

QGISEXTERN const QString* description() {
  static const QString kText = translated("Land-cover maps from drone orthophotos");
  return &kText;
}

QGISEXTERN const QString* category() {
  static const QString kText = translated("Processing");
  return &kText;
}

QGISEXTERN const QString* version() {
  static const QString kText = to_qt(std::string(orthocover::version()));
  return &kText;
}

QGISEXTERN const QString* icon() {
  static const QString kText = QStringLiteral(":/orthocover/orthocover.svg");
  return &kText;
}

QGISEXTERN const QString* experimental() {
  static const QString kText = QStringLiteral("false");
  return &kText;
}

QGISEXTERN int type() {
  return QgisPlugin::UI;
}

QGISEXTERN void unload(QgisPlugin* plugin) {
  delete plugin;
}

/// Every host of QGIS looks for data providers in the plugin folder and asks each library for this function.
/// Hosts without a plugin manager get the provider of algorithms here; there is no data provider.
QGISEXTERN QgsProviderMetadata* providerMetadataFactory() {
  const QString host = QgsApplication::platform();
  if (host == QLatin1String("desktop")) switch_on_once();
  if (host == QLatin1String("qgis_process") || host == QLatin1String("external"))
    orthocover::qgis::register_provider();
  return nullptr;
}

/// For PyQGIS: ctypes.CDLL(path).orthocover_register().
/// @return 1 when the provider was added, 0 when it was there
QGISEXTERN int orthocover_register() {
  return orthocover::qgis::register_provider() ? 1 : 0;
}

/// @return 1 when the provider was taken out, 0 when it was not there
QGISEXTERN int orthocover_unregister() {
  return orthocover::qgis::unregister_provider() ? 1 : 0;
}
