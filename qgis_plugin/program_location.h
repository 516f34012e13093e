#pragma once

#include <QString>

#include "qgis_plugin/plugin_settings.h"

namespace orthocover::qgis {

/// Where the program is, or why it is not known.
struct ProgramLocation {
  QString path;     ///< empty when there is none
  QString problem;  ///< one sentence with the cure, empty when there is a program
};

/// Looks for the program: the path in the settings, beside the plugin's own installation, the environment
/// variable ORTHOCOVER_PROGRAM, PATH. A path that is set counts alone.
ProgramLocation find_program(const PluginSettings& settings);

/// The file of this plugin; empty when the system does not tell.
QString plugin_file();

/// A file or folder of the installation that the program belongs to, as `share/orthocover/models`.
QString beside_program(const QString& program, const QString& relative_path);

}  // namespace orthocover::qgis
