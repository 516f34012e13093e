#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "georef/gdal_geo_io.h"
#include "tests/georef/made_rasters.h"

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

/// Labels in a file on the scene of Made: 64 x 48 px of 10 cm from (500000, 5000000) on.
class LabelsOnScene : public testing::Test {
 protected:
  /// @param file of the labels, which the test makes
  explicit LabelsOnScene(const std::string& file) {
    make_raster(m_folder / "scene.tif");
    m_scene = m_io->open_raster(m_folder / "scene.tif", {})->info();
    m_request.path = m_folder / file;
    m_request.coding = LabelCoding(two_classes());
    m_request.warn = [this](const std::string& text) { m_warnings.push_back(text); };
  }

  std::unique_ptr<LabelSource> open() { return m_io->open_labels(m_request, m_scene); }

  std::vector<std::uint8_t> pixels(const LabelSource& labels) {
    std::vector<std::uint8_t> values;
    labels.read(m_scene.window(), m_scene.cols, m_scene.rows, values);
    return values;
  }

  Folder m_folder;
  std::unique_ptr<GeoIo> m_io = make_gdal_geo_io();
  RasterInfo m_scene;
  LabelRequest m_request;
  std::vector<std::string> m_warnings;
};

}  // namespace orthocover::test
