#pragma once

#include <gdal_priv.h>

#include <optional>
#include <string>
#include <vector>

#include "core/legend/legend.h"

namespace orthocover {

/// One entry of a style by categories.
struct StyleCategory {
  std::string value;  ///< of the field, as text
  std::string label;
  std::optional<Color> color;
};

/// How QGIS shows a layer by the values of a field.
struct CategorizedStyle {
  std::string field;
  std::vector<StyleCategory> categories;
};

/// From the text of a QML style; nothing when it is no style by categories, or damaged. The text is parsed,
/// no expression in it is evaluated.
/// @source QGIS 3 style files, renderer-v2 of type categorizedSymbol
std::optional<CategorizedStyle> parse_categorized_style(const std::string& qml);

/// A style with the categories that only a newer one of the same field has, and their symbols; what is in it
/// stays as it is.
/// @param newer of vector_style_qml()
/// @return nothing when there is nothing to add, or no place for it
std::optional<std::string> with_categories_of(const std::string& newer, std::string style);

/// The style that QGIS saved with a layer: in the GeoPackage's table `layer_styles` (the default style
/// first), or in a file `NAME.qml` beside `path`.
std::optional<CategorizedStyle> read_categorized_style(GDALDataset& dataset, const std::string& layer,
                                                       const std::string& path);

}  // namespace orthocover
