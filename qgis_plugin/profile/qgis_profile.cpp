#include "qgis_plugin/profile/qgis_profile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QSettings>

namespace orthocover::qgis {
namespace {

// QGIS distinguishes the groups [Plugins] and [plugins].
const QString kSearchPaths = QStringLiteral("plugins/searchPathsForPlugins");
const QString kShimName = QStringLiteral("orthocover_process");
const QString kShimTick = "PythonPlugins/" + kShimName;

QString plugin_tick(const QString& plugin) {
  return "Plugins/" + QFileInfo(plugin).baseName();
}

QString shim_folder(const QString& profile) {
  return profile + "/python/plugins/" + kShimName;
}

/// Saved by QGIS as one text with bars, by some versions as a list.
QStringList search_paths(const QSettings& settings) {
  return settings.value(kSearchPaths).toStringList().join('|').split('|', Qt::SkipEmptyParts);
}

void set_search_paths(QSettings& settings, const QStringList& paths) {
  if (paths.isEmpty()) return settings.remove(kSearchPaths);
  settings.setValue(kSearchPaths, paths.join('|'));
}

QString problem_of(const QSettings& settings) {
  switch (settings.status()) {
    case QSettings::AccessError:
      return settings.fileName() + ": can't be written; check its owner and permissions";
    case QSettings::FormatError:
      return settings.fileName() + ": is damaged; start QGIS once or mend it by hand";
    case QSettings::NoError:
      break;
  }
  return {};
}

/// A text as it stands in Python and in JSON.
QString quoted(const QString& text) {
  QString result = text;
  result.replace('\\', "\\\\").replace('"', "\\\"");
  return '"' + result + '"';
}

QString template_text(const char* name) {
  QFile file(":/orthocover_process/" + QLatin1String(name));
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QString write_text(const QString& path, const QString& text) {
  QSaveFile file(path);
  if (file.open(QIODevice::WriteOnly)) file.write(text.toUtf8());
  return file.commit() ? QString() : path + ": " + file.errorString();
}

QString write_shim(const QString& folder, const QString& plugin) {
  if (!QDir().mkpath(folder)) return folder + ": can't be made; check the permissions";
  const QString code = template_text("__init__.py").replace("@PLUGIN@", quoted(plugin));
  const QString problem = write_text(folder + "/__init__.py", code);
  if (!problem.isEmpty()) return problem;
  return write_text(folder + "/metadata.txt", template_text("metadata.txt"));
}

}  // namespace

QStringList profile_folders(const QString& profiles) {
  QStringList folders;
  for (const QString& name : QDir(profiles).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
    folders.append(profiles + '/' + name);
  }
  return folders.isEmpty() ? QStringList{profiles + "/default"} : folders;
}

QString enable_plugin(const QString& profile, const QString& plugin) {
  if (!QFileInfo(plugin).isFile()) {
    return plugin + ": no such file; build and install the QGIS plugin first";
  }
  if (QString problem = write_shim(shim_folder(profile), plugin); !problem.isEmpty()) return problem;
  QDir().mkpath(profile + "/QGIS");
  QSettings settings(profile + "/QGIS/QGIS3.ini", QSettings::IniFormat);
  QStringList paths = search_paths(settings);
  const QString folder = QFileInfo(plugin).absolutePath();
  if (!paths.contains(folder)) set_search_paths(settings, paths << folder);
  settings.setValue(plugin_tick(plugin), true);
  settings.setValue(kShimTick, true);
  settings.sync();
  return problem_of(settings);
}

QString disable_plugin(const QString& profile, const QString& plugin) {
  QDir(shim_folder(profile)).removeRecursively();
  const QString file = profile + "/QGIS/QGIS3.ini";
  if (!QFileInfo::exists(file)) return {};
  QSettings settings(file, QSettings::IniFormat);
  QStringList paths = search_paths(settings);
  if (paths.removeAll(QFileInfo(plugin).absolutePath()) > 0) set_search_paths(settings, paths);
  settings.remove(plugin_tick(plugin));
  settings.remove(kShimTick);
  settings.sync();
  return problem_of(settings);
}

}  // namespace orthocover::qgis
