#include "qgis_plugin/plugin.h"

#include <qgsapplication.h>
#include <qgssettings.h>

#include "core/base/version.h"
#include "qgis_plugin/program_location.h"
#include "qgis_plugin/registration.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {

Plugin::Plugin(QgisInterface* interface)
    : QgisPlugin(QStringLiteral("orthocover"), translated("Land-cover maps from drone orthophotos"),
                 translated("Processing"), to_qt(std::string(orthocover::version())), QgisPlugin::UI),
      m_interface(interface) {}

void Plugin::initGui() {
  register_provider();
  add_options_page(m_interface);
}

void Plugin::unload() {
  remove_options_page();
  unregister_provider();
}

}  // namespace orthocover::qgis
