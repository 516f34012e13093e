#pragma once

#include <QString>
#include <QStringList>

namespace orthocover::qgis {

/// The folders of all QGIS profiles below `profiles`, e.g. ~/.local/share/QGIS/QGIS3/profiles; `default` when
/// there is none yet.
QStringList profile_folders(const QString& profiles);

/// Makes QGIS load the plugin at its next start: its folder joins the search paths and it is ticked in the
/// Plugin Manager; qgis_process, which loads no C++ plugins of a user, gets a small Python plugin. Everything
/// else in the profile stays. Doing it again changes nothing; QGIS may be running.
/// @param profile its folder, made when it is missing
/// @param plugin the plugin's library
/// @returns what went wrong, in one line; empty when all is well
QString enable_plugin(const QString& profile, const QString& plugin);

/// Takes back what enable_plugin() did, and nothing else.
/// @returns what went wrong, in one line; empty when all is well
QString disable_plugin(const QString& profile, const QString& plugin);

}  // namespace orthocover::qgis
