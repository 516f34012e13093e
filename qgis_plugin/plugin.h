#pragma once

#include <qgisplugin.h>

class QgisInterface;

namespace orthocover::qgis {

/// The plugin as QGIS's desktop loads it: brings the provider and the page of options.
class Plugin final : public QgisPlugin {
 public:
  explicit Plugin(QgisInterface* interface);

  void initGui() override;
  void unload() override;

 private:
  QgisInterface* m_interface;
};

}  // namespace orthocover::qgis
