#include "qgis_plugin/layer_copy.h"

#include <gtest/gtest.h>
#include <qgscategorizedsymbolrenderer.h>
#include <qgsexception.h>
#include <qgsgeometry.h>
#include <qgssymbol.h>
#include <qgsvectorlayer.h>
#include <qgsvectorlayerexporter.h>

#include <QFileInfo>

#include "qgis_plugin/layer_files.h"
#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

class QgisLayerCopy : public QgisWorkshop {
 protected:
  QgisLayerCopy() {
    QgsFeature square(m_layer.fields());
    square.setAttribute(0, QStringLiteral("A"));
    square.setGeometry(QgsGeometry::fromRect(QgsRectangle(0, 0, 1, 1)));
    add(square);
  }

  void add(QgsFeature feature) { m_layer.dataProvider()->addFeature(feature); }

  static long long count(const QString& file) { return QgsVectorLayer(file).featureCount(); }

  QgsVectorLayer m_layer{QStringLiteral("Polygon?crs=EPSG:4326&field=Name:string&field=name:string"),
                         QStringLiteral("drawn"), QStringLiteral("memory")};
  LayerFiles m_files{m_context, &m_feedback};
};

TEST_F(QgisLayerCopy, StopsAndGoesWhenItIsCancelled) {
  for (int i = 1; i < 3000; ++i) add(m_layer.getFeature(1));
  const QString file = m_files.file_of(QVariant::fromValue(&m_layer));
  m_feedback.cancel_at(2.5);
  EXPECT_FALSE(m_files.write_exports(m_feedback));
  EXPECT_LT(count(file), 3000);
  ASSERT_TRUE(QFileInfo::exists(file));
  m_files.remove_exports();
  EXPECT_FALSE(QFileInfo::exists(file));
}

TEST_F(QgisLayerCopy, HasWhatIsSavedMeanwhileOnce) {
  const QString file = path(QStringLiteral("areas.gpkg"));
  QgsVectorLayer two(polygon_file(QStringLiteral("two.geojson")));
  QgsVectorLayerExporter::exportLayer(&two, file, QStringLiteral("ogr"), two.crs());
  QgsVectorLayer layer(file, QStringLiteral("areas"));
  layer.startEditing();
  QgsFeature drawn = layer.getFeature(1);
  drawn.setAttribute(QStringLiteral("fid"), QVariant());
  ASSERT_TRUE(layer.addFeature(drawn));
  const QString copy = m_files.file_of(QVariant::fromValue(&layer));
  ASSERT_TRUE(layer.commitChanges());
  EXPECT_TRUE(m_files.write_exports(m_feedback));
  EXPECT_EQ(count(copy), 3);
}

TEST_F(QgisLayerCopy, LeavesInvalidShapesOutWhereTheInputSaysSo) {
  QgsFeature bow = m_layer.getFeature(1);
  bow.setGeometry(QgsGeometry::fromWkt(QStringLiteral("Polygon((0 0,1 1,1 0,0 1,0 0))")));
  add(bow);
  m_project.addMapLayer(&m_layer, false, false);
  const QgsProcessingFeatureSourceDefinition sound(m_layer.id(), false, -1, compat::kOwnGeometryCheck,
                                                   compat::kSkipInvalid);
  const QString some = m_files.file_of(QVariant::fromValue(sound));
  const QString all = m_files.file_of(m_layer.id());
  EXPECT_TRUE(m_files.write_exports(m_feedback));
  EXPECT_EQ(count(some), 1);
  EXPECT_EQ(count(all), 2);
}

TEST_F(QgisLayerCopy, IsRefusedOfALayerThatCanNotBeRead) {
  QgsVectorLayer gone(QStringLiteral("a"), QStringLiteral("gone"), QStringLiteral("no provider"));
  EXPECT_THROW(m_files.file_of(QVariant::fromValue(&gone)), QgsProcessingException);
}

TEST_F(QgisLayerCopy, FiltersThatCanNotWorkAreRefused) {
  for (const char* wrong : {"Name =", "(", "color = 'red'"})
    EXPECT_FALSE(fault_of_filter(QLatin1String(wrong), m_layer).isEmpty()) << wrong;
  for (const char* right : {"", "NAME = 'A'", "attribute('Name') = 'A'"})
    EXPECT_EQ(fault_of_filter(QLatin1String(right), m_layer), QString()) << right;
}

TEST_F(QgisLayerCopy, OfLabelsIsDrawnByTheFieldThatItHas) {
  const QgsCategoryList one{{1, QgsSymbol::defaultSymbol(m_layer.geometryType()), QString()}};
  m_layer.setRenderer(new QgsCategorizedSymbolRenderer(QStringLiteral("\"name\""), one));
  const QString file = m_files.file_of(QVariant::fromValue(&m_layer), LayerFiles::Hint::Vector, true);
  EXPECT_TRUE(m_files.write_exports(m_feedback));
  const QgsVectorLayer copy(file + QStringLiteral("|layerid=0"));
  const auto& drawn = dynamic_cast<const QgsCategorizedSymbolRenderer&>(*copy.renderer());
  EXPECT_EQ(drawn.classAttribute(), QStringLiteral("name_2"));
}

}  // namespace
}  // namespace orthocover::qgis
