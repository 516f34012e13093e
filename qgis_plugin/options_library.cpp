#include "qgis_plugin/registration.h"

#include <qgsapplication.h>
#include <qgsmessagelog.h>

#include <QFileInfo>
#include <QLibrary>

#include "qgis_plugin/program_location.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// From PREFIX/lib/qgis/plugins to PREFIX/lib/qgis/orthocover.
constexpr const char* kFromPluginFolder = "/../orthocover/liborthocover_options.so";

using AddPage = void (*)(QgisInterface*);
using RemovePage = void (*)();

QString library_file() {
  return QFileInfo(plugin_file()).canonicalPath() + QLatin1String(kFromPluginFolder);
}

QFunctionPointer entry(const char* name) {
  QLibrary library(library_file());
  QFunctionPointer found = library.resolve(name);
  if (found == nullptr) QgsMessageLog::logMessage(library.errorString(), QStringLiteral("orthocover"));
  return found;
}

}  // namespace

void add_options_page(QgisInterface* interface) {
  if (auto add = reinterpret_cast<AddPage>(entry("orthocover_add_options_page"))) add(interface);
}

void remove_options_page() {
  if (auto remove = reinterpret_cast<RemovePage>(entry("orthocover_remove_options_page"))) remove();
}

}  // namespace orthocover::qgis
