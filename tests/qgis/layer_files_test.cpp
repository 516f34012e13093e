#include "qgis_plugin/layer_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qgsexception.h>
#include <qgsfeature.h>
#include <qgsgeometry.h>
#include <qgsprocessingparameters.h>
#include <qgsrasterlayer.h>
#include <qgsvectorlayer.h>

#include <QFileInfo>

#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;

/// Layers of a project, and the files that the program is told.
class QgisLayerFiles : public QgisWorkshop {
 protected:
  QgsVectorLayer* add_polygons() {
    auto* layer =
        new QgsVectorLayer(polygon_file(QStringLiteral("polygons.geojson")), QStringLiteral("polygons"));
    m_project.addMapLayer(layer);
    return layer;
  }

  QgsVectorLayer* add_memory_layer() {
    auto* layer = new QgsVectorLayer(QStringLiteral("Polygon?crs=EPSG:4326&field=class:string"),
                                     QStringLiteral("drawn"), QStringLiteral("memory"));
    QgsFeature feature(layer->fields());
    feature.setAttribute(0, QStringLiteral("a"));
    feature.setGeometry(QgsGeometry::fromRect(QgsRectangle(0, 0, 1, 1)));
    layer->dataProvider()->addFeature(feature);
    m_project.addMapLayer(layer);
    return layer;
  }

  static long long count(const QString& file) { return QgsVectorLayer(file).featureCount(); }

  LayerFiles m_files{m_context, &m_feedback};
};

TEST_F(QgisLayerFiles, FilesAndLayersOfFilesGoAsTheyAre) {
  EXPECT_EQ(m_files.file_of(ortho()), ortho());
  EXPECT_EQ(m_files.file_of(add_polygons()->id()), path(QStringLiteral("polygons.geojson")));
}

TEST_F(QgisLayerFiles, TextsThatNameNoLayerGoToTheProgram) {
  EXPECT_EQ(m_files.file_of(QStringLiteral("/no/such.tif")), QStringLiteral("/no/such.tif"));
  EXPECT_EQ(m_files.file_of(QVariant()), QString());
}

TEST_F(QgisLayerFiles, MemoryLayersAreExportedAndTheFileGoesInTheEnd) {
  QString file;
  {
    LayerFiles files(m_context, &m_feedback);
    file = files.file_of(add_memory_layer()->id());
    EXPECT_TRUE(file.endsWith(QStringLiteral(".gpkg")));
    EXPECT_EQ(count(file), 1);
  }
  EXPECT_FALSE(QFileInfo::exists(file));
}

TEST_F(QgisLayerFiles, FiltersSelectionsAndUnsavedEditsAreExported) {
  QgsVectorLayer* layer = add_polygons();
  ASSERT_EQ(layer->featureCount(), 2);
  layer->selectByExpression(QStringLiteral("\"class\" = 'b'"));
  const QgsProcessingFeatureSourceDefinition selected(layer->id(), true);
  EXPECT_EQ(count(m_files.file_of(QVariant::fromValue(selected))), 1);

  layer->startEditing();
  layer->deleteSelectedFeatures();
  EXPECT_EQ(count(m_files.file_of(layer->id())), 1);
  layer->rollBack();

  layer->setSubsetString(QStringLiteral("\"class\" = 'a'"));
  EXPECT_EQ(count(m_files.file_of(layer->id())), 1);
}

TEST_F(QgisLayerFiles, RastersOfAServiceAreRefusedWithTheCure) {
  auto* layer = new QgsRasterLayer(
      QStringLiteral("type=xyz&url=http://localhost:1/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=3&zmin=0"),
      QStringLiteral("tiles"), QStringLiteral("wms"));
  ASSERT_TRUE(layer->isValid()) << layer->error().message().toStdString();
  m_project.addMapLayer(layer);
  try {
    m_files.file_of(layer->id());
    FAIL();
  } catch (const QgsProcessingException& error) {
    EXPECT_THAT(error.what().toStdString(), HasSubstr("Layer 'tiles' comes from the provider 'wms'"));
    EXPECT_THAT(error.what().toStdString(), HasSubstr("save it as a GeoTIFF first"));
  }
}

TEST_F(QgisLayerFiles, ListsKeepTheirOrderAndTheirMissingFiles) {
  const QVariantList layers = {add_polygons()->id(), QStringLiteral("/no/such.tif"), ortho()};
  EXPECT_EQ(m_files.files_of(layers),
            (QStringList{path(QStringLiteral("polygons.geojson")), QStringLiteral("/no/such.tif"), ortho()}));
}

}  // namespace
}  // namespace orthocover::qgis
