#include "qgis_plugin/program_location.h"

#include <dlfcn.h>

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// From PREFIX/lib/qgis/plugins and PREFIX/lib/qgis/orthocover to PREFIX/bin.
constexpr const char* kProgramNearby = "/../../../bin/orthocover";

bool is_program(const QString& path) {
  const QFileInfo file(path);
  return file.isFile() && file.isExecutable();
}

QString beside_plugin() {
  const QString folder = QFileInfo(plugin_file()).canonicalPath();
  return folder.isEmpty() ? QString() : QDir::cleanPath(folder + QLatin1String(kProgramNearby));
}

QString not_found() {
  return translated(
      "The program orthocover was not found: install the package orthocover, or choose the program in "
      "Settings > Options > orthocover (setting orthocover/program) or in the environment variable "
      "ORTHOCOVER_PROGRAM.");
}

QString not_a_program(const QString& path, const char* where) {
  return translated("%1 is no program that can be started, but %2 names it as orthocover: correct it there.")
      .arg(QDir::toNativeSeparators(path), translated(where));
}

}  // namespace

QString plugin_file() {
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&plugin_file), &info) == 0) return {};
  return QString::fromLocal8Bit(info.dli_fname);
}

ProgramLocation find_program(const PluginSettings& settings) {
  if (!settings.program.isEmpty()) {
    if (is_program(settings.program)) return {settings.program, {}};
    return {{}, not_a_program(settings.program, "Settings > Options > orthocover")};
  }
  if (const QString path = beside_plugin(); is_program(path)) return {path, {}};
  if (const QString path = qEnvironmentVariable("ORTHOCOVER_PROGRAM"); !path.isEmpty()) {
    if (is_program(path)) return {path, {}};
    return {{}, not_a_program(path, "the environment variable ORTHOCOVER_PROGRAM")};
  }
  const QString path = QStandardPaths::findExecutable(QStringLiteral("orthocover"));
  return path.isEmpty() ? ProgramLocation{{}, not_found()} : ProgramLocation{path, {}};
}

QString beside_program(const QString& program, const QString& relative_path) {
  const QString folder = QFileInfo(program).canonicalPath();
  return folder.isEmpty() ? QString() : QDir::cleanPath(folder + QStringLiteral("/../") + relative_path);
}

}  // namespace orthocover::qgis
