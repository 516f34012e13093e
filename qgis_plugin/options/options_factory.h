#pragma once

#include <qgsoptionswidgetfactory.h>

namespace orthocover::qgis {

/// Gives QGIS's options the page of orthocover.
class OptionsFactory final : public QgsOptionsWidgetFactory {
 public:
  OptionsFactory();

  QgsOptionsPageWidget* createWidget(QWidget* parent = nullptr) const override;
};

}  // namespace orthocover::qgis
