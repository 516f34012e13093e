#pragma once

#include <QString>
#include <QVariant>

#include "core/operation/declaration.h"

namespace orthocover::qgis {

/// What the user has set for all runs, in QGIS's own settings (keys `orthocover/...`).
struct PluginSettings {
  QString program;  ///< path of the program; found by itself when empty
  QString models;   ///< folder with the user's own model packages
  QString device;
  QString threads;
  QString memory;

  static PluginSettings load();
  void save() const;

  /// Default of a parameter in dialogs: what is set here, else what is declared.
  QVariant default_of(const Parameter& parameter) const;
};

}  // namespace orthocover::qgis
