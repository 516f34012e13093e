#include "qgis_plugin/file_types.h"

#include <qgsdataprovider.h>
#include <qgsexception.h>
#include <qgsproviderregistry.h>
#include <qgssettings.h>

#include <memory>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// Formats that texts name by a word, and their extensions.
constexpr const char* kFormats[][2] = {{"JSON", "json"},       {"PNG", "png"},
                                       {"CSV", "csv"},         {"HTML", "html"},
                                       {"GeoPackage", "gpkg"}, {"safetensors", "safetensors"}};

}  // namespace

QStringList named_extensions(const std::string& help) {
  const QString text = to_qt(help);
  QStringList extensions;
  for (const auto& [word, extension] : kFormats) {
    const QRegularExpression whole_word(QStringLiteral("\\b%1\\b").arg(QLatin1String(word)));
    if (text.contains(whole_word)) extensions << QLatin1String(extension);
  }
  static const QRegularExpression kDotted(QStringLiteral("(?:^|[\\s,(])\\.([a-z0-9]+)"));
  for (auto found = kDotted.globalMatch(text); found.hasNext();) extensions << found.next().captured(1);
  extensions.removeDuplicates();
  return extensions;
}

QString input_filter(const std::string& help) {
  QStringList patterns;
  for (const QString& extension : named_extensions(help)) patterns << QStringLiteral("*.") + extension;
  const QString all = translated("All files (*)");
  return patterns.isEmpty() ? all : translated("Usual files (%1)").arg(patterns.join(' ')) + ";;" + all;
}

QString file_filter(const std::string& help) {
  QStringList filters;
  for (const QString& extension : named_extensions(help))
    filters << translated("%1 files (*.%2)").arg(extension.toUpper(), extension);
  if (filters.isEmpty()) filters << translated("All files (*.*)");
  return filters.join(QStringLiteral(";;"));
}

void refuse_no_file(const QString& path) {
  if (path.startsWith(QLatin1String("memory:")))
    throw QgsProcessingException(translated("'%1' is no file: give one, or TEMPORARY_OUTPUT.").arg(path));
  if (path.startsWith(QLatin1String("ogr:")) || path.contains(QLatin1String("|layername=")))
    throw QgsProcessingException(
        translated("'%1' is a layer in a file: give the file; 'Polygons of a land-cover map' can append a "
                   "layer to a GeoPackage.")
            .arg(path));
}

bool is_format(const QString& path) {
  static const QStringList kFormats{"gpkg", "shp", "fgb", "geojson", "kml", "tif", "png"};
  const QFileInfo file(path);
  const QString folder = QgsSettings()
                             .value(QStringLiteral("Processing/Configuration/OUTPUTS_FOLDER"),
                                    QDir::homePath() + QStringLiteral("/processing"))
                             .toString();
  return path.contains('/') && kFormats.contains(file.fileName()) && !file.exists() &&
         (file.path() == QLatin1String(".") || (!folder.isEmpty() && QDir(file.path()) == QDir(folder)));
}

bool is_same_file(const QString& file, const QString& other) {
  const QString canonical = QFileInfo(other).canonicalFilePath();
  if (file.isEmpty() || file == other) return !file.isEmpty();
  return !canonical.isEmpty() && QFileInfo(file).canonicalFilePath() == canonical;
}

QgsCoordinateReferenceSystem crs_of_file(const QString& path) {
  const std::unique_ptr<QgsDataProvider> data(QgsProviderRegistry::instance()->createProvider(
      QStringLiteral("gdal"), path, QgsDataProvider::ProviderOptions()));
  return data != nullptr ? data->crs() : QgsCoordinateReferenceSystem();
}

}  // namespace orthocover::qgis
