#pragma once

#include <string>
#include <vector>

namespace orthocover::test {

/// A field of a layer: `name`, or `name:int`, `name:real`; text where nothing is said.
using MadeField = std::string;

/// A feature: its geometry as WKT (empty: none) and the text of each field (empty: not set).
struct MadeFeature {
  std::string wkt;
  std::vector<std::string> values;
};

/// A rectangle as WKT.
std::string box_wkt(double min_x, double min_y, double max_x, double max_y);

/// Adds a layer to a vector file, which is made when it is not there.
/// @param crs empty: none
void make_layer(const std::string& path, const std::string& layer, const std::string& crs,
                const std::vector<MadeField>& fields, const std::vector<MadeFeature>& features,
                const std::string& driver = "GPKG");

/// Saves a style with a layer as QGIS does: in the table `layer_styles` of the GeoPackage.
void add_style(const std::string& path, const std::string& layer, const std::string& qml);

/// What an action throws; empty when it throws nothing.
template <class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace orthocover::test
