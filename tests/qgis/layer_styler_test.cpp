#include "qgis_plugin/layer_styler.h"

#include <gtest/gtest.h>
#include <qgscategorizedsymbolrenderer.h>
#include <qgspalettedrasterrenderer.h>
#include <qgsrasterlayer.h>
#include <qgssinglebandpseudocolorrenderer.h>
#include <qgssymbol.h>
#include <qgsvectorlayer.h>

#include <filesystem>
#include <QDir>

#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

const std::vector<ClassStyle> kClasses = {{1, "tree", QColor("#00ff00")}, {2, "roof", QColor("#ff0000")}};

/// Layers as they look after a run.
class QgisLayerStyler : public QgisWorkshop {
 protected:
  void style(QgsMapLayer& layer, LayerLook look, bool was_open = false) {
    const QSet<QString> open{was_open ? layer.id() : QString()};
    LayerStyler(look, kClasses, open).postProcessLayer(&layer, m_context, &m_feedback);
  }
};

TEST_F(QgisLayerStyler, AMapWithoutAStyleBesideItGetsTheClassesOfTheReport) {
  QgsRasterLayer layer(ortho());
  style(layer, LayerLook::Map);
  const auto* renderer = dynamic_cast<const QgsPalettedRasterRenderer*>(layer.renderer());
  ASSERT_NE(renderer, nullptr);
  ASSERT_EQ(renderer->classes().size(), 2);
  EXPECT_EQ(renderer->classes().first().label, QStringLiteral("tree"));
}

TEST_F(QgisLayerStyler, ConfidenceGetsARampFromZeroToFullPercent) {
  QgsRasterLayer layer(ortho());
  style(layer, LayerLook::Confidence);
  const auto* renderer = dynamic_cast<const QgsSingleBandPseudoColorRenderer*>(layer.renderer());
  ASSERT_NE(renderer, nullptr);
  EXPECT_EQ(renderer->classificationMin(), 0);
  EXPECT_EQ(renderer->classificationMax(), 100);
}

TEST_F(QgisLayerStyler, PolygonsGetACategoryForEachClass) {
  QgsVectorLayer layer(polygon_file(QStringLiteral("polygons.geojson")));
  style(layer, LayerLook::Polygons);
  const auto* renderer = dynamic_cast<const QgsCategorizedSymbolRenderer*>(layer.renderer());
  ASSERT_NE(renderer, nullptr);
  EXPECT_EQ(renderer->classAttribute(), QStringLiteral("class"));
  ASSERT_EQ(renderer->categories().size(), 2);
  EXPECT_EQ(renderer->categories().last().label(), QStringLiteral("roof"));
  EXPECT_EQ(renderer->categories().last().symbol()->color(), QColor("#ff0000"));
}

TEST_F(QgisLayerStyler, ALayerThatWasOpenShowsTheFileThatReplacedIts) {
  QgsVectorLayer layer(polygon_file(QStringLiteral("polygons.geojson")));
  ASSERT_EQ(layer.featureCount(), 2);
  const QString newer = write(QStringLiteral("newer.geojson"), R"({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"class": "a"}, "geometry":
      {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}}]})");
  std::filesystem::rename(newer.toStdString(), layer.source().toStdString());
  style(layer, LayerLook::Polygons);
  EXPECT_EQ(layer.featureCount(), 1);
  QgsProject project;
  auto* open = new QgsVectorLayer(layer.source(), QStringLiteral("open"));
  project.addMapLayer(open);
  open->selectAll();
  const QDateTime now = QDateTime::currentDateTime();
  EXPECT_EQ(deselect_layers_of({layer.source()}, project, now.addSecs(60)), QStringList()) << "is older";
  EXPECT_EQ(deselect_layers_of({layer.source()}, project, now.addSecs(-60)), QStringList{"open"});
  EXPECT_EQ(open->selectedFeatureCount(), 0);
}

TEST_F(QgisLayerStyler, ALayerThatWasOpenShowsTheMapThatACancelledBatchMade) {
  const QString other = path("other.tif");
  const QString map = path(QStringLiteral("maps/banepa.tif"));
  ASSERT_TRUE(QDir(m_folder.path()).mkdir(QStringLiteral("maps")));
  for (const QString& copy : {other, map}) ASSERT_TRUE(QFile::copy(ortho(), copy));
  auto* layer = new QgsRasterLayer(map);
  m_project.addMapLayer(layer);
  ASSERT_GT(layer->bandCount(), 1);
  m_feedback.cancel_at(51);
  run("segmentbatch", {{"INPUT", QStringList{ortho(), other}},
                       {"OUTPUT", path(QStringLiteral("maps"))},
                       {"LEVELS", "1"},
                       {"OVERWRITE", true}});
  ASSERT_TRUE(m_feedback.isCanceled());
  QCoreApplication::processEvents();
  EXPECT_EQ(layer->bandCount(), 1);
}

TEST_F(QgisLayerStyler, ACancelledRunLeavesAloneWhatItDidNotMake) {
  auto* layer = new QgsVectorLayer(polygon_file("west-map.geojson"));
  m_project.addMapLayer(layer);
  QFile::link(m_folder.path(), path("link"));
  const QDateTime before = QDateTime::currentDateTime().addSecs(-60);
  const auto selected = [&](const char* made, bool appends) {
    layer->selectAll();
    reload_written_layers({path(QLatin1String(made))}, m_project, before, appends);
    return layer->selectedFeatureCount();
  };
  EXPECT_EQ(selected("other.geojson", false), 2);
  EXPECT_EQ(selected("west-map.geojson", true), 2);
  for (const char* map : {"map.geojson", "link/map.geojson"})
    EXPECT_EQ(selected(map, false), 0) << "of two scenes with the same name";
}

TEST_F(QgisLayerStyler, ALayerThatWasOpenStaysAsItsUserDrawsItWhereThatFitsTheClasses) {
  QgsVectorLayer layer(polygon_file(QStringLiteral("polygons.geojson")));
  style(layer, LayerLook::Polygons, true);
  EXPECT_EQ(layer.renderer()->type(), QStringLiteral("singleSymbol")) << "a way of the user's own";
  style(layer, LayerLook::Polygons);
  auto* renderer = dynamic_cast<QgsCategorizedSymbolRenderer*>(layer.renderer());
  ASSERT_NE(renderer, nullptr);
  renderer->categories().first().symbol()->setColor(Qt::black);
  style(layer, LayerLook::Polygons, true);
  EXPECT_EQ(layer.renderer(), renderer);
  renderer->updateCategoryLabel(0, QStringLiteral("class of another model"));
  style(layer, LayerLook::Polygons, true);
  renderer = dynamic_cast<QgsCategorizedSymbolRenderer*>(layer.renderer());
  EXPECT_EQ(renderer->categories().first().label(), QStringLiteral("tree"));
}

TEST_F(QgisLayerStyler, ALayerThatWasOpenStaysAsItIsDrawnWhereItsOwnClassesAllAre) {
  QgsVectorLayer layer(polygon_file(QStringLiteral("polygons.geojson")));
  bool is_saved = false;
  layer.saveNamedStyle(path(QStringLiteral("polygons.qml")), is_saved);
  ASSERT_TRUE(is_saved);
  QgsCategoryList drawn;
  for (const char* name : {"a", "b"}) {
    QgsSymbol* symbol = QgsSymbol::defaultSymbol(layer.geometryType());
    drawn << QgsRendererCategory(QLatin1String(name), symbol, QStringLiteral("mine"));
    layer.setRenderer(new QgsCategorizedSymbolRenderer(QStringLiteral("class"), drawn));
    LayerStyler(LayerLook::Polygons, {}, {layer.id()}).postProcessLayer(&layer, m_context, &m_feedback);
    EXPECT_EQ(layer.renderer()->type() == QLatin1String("categorizedSymbol"), drawn.size() == 2);
  }
}

TEST_F(QgisLayerStyler, MergedCategoriesAndPolygonsWithoutClassAreNoReasonToDrawALayerAnew) {
  QFile file(polygon_file(QStringLiteral("polygons.geojson")));
  ASSERT_TRUE(file.open(QIODevice::ReadWrite));
  const QByteArray more = file.readAll().replace(
      "\"features\": [",
      R"("features": [{"type": "Feature", "properties": {"class": null}, "geometry": null},)");
  file.seek(0);
  file.write(more);
  file.close();
  QgsVectorLayer layer(file.fileName());
  ASSERT_EQ(layer.featureCount(), 3);
  bool is_saved = false;
  layer.saveNamedStyle(path(QStringLiteral("polygons.qml")), is_saved);
  QgsSymbol* symbol = QgsSymbol::defaultSymbol(layer.geometryType());
  const QgsCategoryList merged{QgsRendererCategory(QVariantList{"a", "b"}, symbol, QStringLiteral("mine"))};
  layer.setRenderer(new QgsCategorizedSymbolRenderer(QStringLiteral("class"), merged));
  const QgsFeatureRenderer* own = layer.renderer();
  LayerStyler(LayerLook::Polygons, {}, {layer.id()}).postProcessLayer(&layer, m_context, &m_feedback);
  EXPECT_EQ(layer.renderer(), own);
}

TEST_F(QgisLayerStyler, WhatTheUserWroteOfALayerThatWasOpenStays) {
  QgsRasterLayer layer(ortho());
  QgsLayerMetadata metadata = layer.metadata();
  metadata.setTitle(QStringLiteral("mine"));
  layer.setMetadata(metadata);
  style(layer, LayerLook::Map, true);
  EXPECT_EQ(layer.metadata().title(), QStringLiteral("mine"));
}

TEST_F(QgisLayerStyler, OtherLayersStayAsQgisDrawsThem) {
  QgsVectorLayer layer(polygon_file(QStringLiteral("polygons.geojson")));
  style(layer, LayerLook::Plain);
  EXPECT_EQ(layer.renderer()->type(), QStringLiteral("singleSymbol"));
}

}  // namespace
}  // namespace orthocover::qgis
