/// What the plugin looks up in the library by name.
#include <qgis.h>
#include <qgisinterface.h>
#include <qgsoptionswidgetfactory.h>

#include <memory>
#include <QIcon>

#include "qgis_plugin/options/options_page.h"

namespace {

/// Gives QGIS's options the page of orthocover.
class OptionsFactory final : public QgsOptionsWidgetFactory {
 public:
  OptionsFactory()
      : QgsOptionsWidgetFactory(QStringLiteral("orthocover"),
                                QIcon(QStringLiteral(":/orthocover/orthocover.svg"))) {}

  QgsOptionsPageWidget* createWidget(QWidget* parent = nullptr) const override {
    return new orthocover::qgis::OptionsPage(parent);
  }
};

/// The page while it is registered, and the window that it is registered with.
struct Registration {
  QgisInterface* interface = nullptr;
  std::unique_ptr<OptionsFactory> factory;
};

/// The library's only state: QGIS tells plugins by two calls of plain functions when to come and go.
Registration& registration() {
  static Registration kOne;
  return kOne;
}

}  // namespace

QGISEXTERN void orthocover_remove_options_page() {
  Registration& page = registration();
  if (page.factory == nullptr) return;
  page.interface->unregisterOptionsWidgetFactory(page.factory.get());
  page = {};
}

QGISEXTERN void orthocover_add_options_page(QgisInterface* interface) {
  orthocover_remove_options_page();
  Registration& page = registration();
  page = {interface, std::make_unique<OptionsFactory>()};
  interface->registerOptionsWidgetFactory(page.factory.get());
}
