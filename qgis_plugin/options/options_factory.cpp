#include "qgis_plugin/options/options_factory.h"

#include <QIcon>

#include "qgis_plugin/options/options_page.h"

namespace orthocover::qgis {

OptionsFactory::OptionsFactory()
    : QgsOptionsWidgetFactory(QStringLiteral("orthocover"),
                              QIcon(QStringLiteral(":/orthocover/orthocover.svg"))) {}

QgsOptionsPageWidget* OptionsFactory::createWidget(QWidget* parent) const {
  return new OptionsPage(parent);
}

}  // namespace orthocover::qgis
