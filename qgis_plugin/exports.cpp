/// What QGIS looks up in the library by name.
#include <qgis.h>
#include <qgisplugin.h>
#include <qgsapplication.h>
#include <qgssettings.h>

#include <QString>

#include "core/base/version.h"
#include "qgis_plugin/registration.h"
#include "qgis_plugin/text.h"

class QgisInterface;
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

/// What QGIS shows of the plugin.
struct Facts {
  const QString name = QStringLiteral("orthocover");
  const QString description = translated("Land-cover maps from drone orthophotos");
  const QString category = translated("Processing");
  const QString version = to_qt(std::string(orthocover::version()));
  const QString icon = QStringLiteral(":/orthocover/orthocover.svg");
  const QString experimental = QStringLiteral("false");
};

const Facts& facts() {
  static const Facts kFacts;
  return kFacts;
}

/// The plugin as QGIS's desktop loads it: brings the provider and the page of options.
class Plugin final : public QgisPlugin {
 public:
  explicit Plugin(QgisInterface* interface)
      : QgisPlugin(facts().name, facts().description, facts().category, facts().version, QgisPlugin::UI),
        m_interface(interface) {}

  void initGui() override {
    orthocover::qgis::register_provider();
    orthocover::qgis::add_options_page(m_interface);
  }
  void unload() override {
    orthocover::qgis::remove_options_page();
    orthocover::qgis::unregister_provider();
  }

 private:
  QgisInterface* m_interface;
};

}  // namespace

QGISEXTERN QgisPlugin* classFactory(QgisInterface* interface) {
  return new Plugin(interface);
}

QGISEXTERN const QString* name() {
  return &facts().name;
}

QGISEXTERN const QString* description() {
  return &facts().description;
}

QGISEXTERN const QString* category() {
  return &facts().category;
}

QGISEXTERN const QString* version() {
  return &facts().version;
}

QGISEXTERN const QString* icon() {
  return &facts().icon;
}

QGISEXTERN const QString* experimental() {
  return &facts().experimental;
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
