#pragma once

#include <qgscoordinatereferencesystem.h>

#include <QString>
#include <QStringList>
#include <string>

namespace orthocover::qgis {

/// Extensions that a help text names, without dots: `.csv or .json` gives csv and json, `JSON file` gives
/// json.
QStringList named_extensions(const std::string& help);

/// Filter of a file dialog for what a help text names: `JSON files (*.json)`; all files where it names none.
QString file_filter(const std::string& help);
/// The same for a file that is there: all that it names at once, or any file.
QString input_filter(const std::string& help);

/// Whether two names are of one file, whatever links they go by.
bool is_same_file(const QString& file, const QString& other);

/// Whether the name of a format was given, which QGIS takes for a file in its folder of outputs.
bool is_format(const QString& path);

/// Refuses outputs of QGIS's own algorithms that are no files: layers in memory, or added to a file.
/// @throws QgsProcessingException with the cure
void refuse_no_file(const QString& path);

/// The CRS of a raster, for which alone it is opened: a layer would work out statistics, and leave them
/// beside it.
QgsCoordinateReferenceSystem crs_of_file(const QString& path);

}  // namespace orthocover::qgis
