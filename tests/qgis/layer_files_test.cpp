#include "qgis_plugin/layer_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qgscategorizedsymbolrenderer.h>
#include <qgsembeddedsymbolrenderer.h>
#include <qgsexception.h>
#include <qgsfeature.h>
#include <qgsgeometry.h>
#include <qgsprocessingparameters.h>
#include <qgsrasterlayer.h>
#include <qgssymbol.h>
#include <qgsvectorlayer.h>
#include <qgsvectorlayerexporter.h>
#include <qgsziputils.h>

#include <algorithm>
#include <map>
#include <QFileInfo>
#include <thread>

#include "qgis_plugin/argument_builder.h"
#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;
using testing::Not;

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
                                     QStringLiteral("d"), QStringLiteral("memory"));
    QgsFeature feature(layer->fields());
    feature.setAttribute(0, QStringLiteral("a"));
    feature.setGeometry(QgsGeometry::fromRect(QgsRectangle(0, 0, 1, 1)));
    layer->dataProvider()->addFeature(feature);
    m_project.addMapLayer(layer);
    return layer;
  }

  /// The labels that a run of two maps is told.
  QStringList labels_of_run(const QVariantList& labels) {
    const std::vector<AlgorithmVariant> variants = all_variants();
    const auto evaluate = std::ranges::find(variants, QStringLiteral("evaluate"), &AlgorithmVariant::id);
    const PluginSettings settings = PluginSettings::load();
    const auto created = algorithm(evaluate->id());
    const ArgumentBuilder builder(*created, *evaluate, settings, m_context, m_files);
    const nlohmann::json values =
        builder.values({{"INPUT", QStringList{ortho(), ortho()}}, {"LABELS", labels}});
    QStringList files;
    EXPECT_TRUE(m_files.write_exports(m_feedback));
    for (const auto& file : values.at("labels")) files << QString::fromStdString(file.get<std::string>());
    return files;
  }

  /// With its copy, where it is one.
  QString file_of(const QVariant& value, LayerFiles::Hint hint = LayerFiles::Hint::UnknownType,
                  bool is_labels = false) {
    const QString file = m_files.file_of(value, hint, is_labels);
    EXPECT_TRUE(m_files.write_exports(m_feedback));
    return file;
  }

  static void add_to_file(QgsVectorLayer& layer, const QString& file, const QString& name) {
    QString fault;
    QgsVectorLayerExporter::exportLayer(&layer, file, QStringLiteral("ogr"), layer.crs(), false, &fault,
                                        {{QStringLiteral("driverName"), QStringLiteral("GPKG")},
                                         {QStringLiteral("layerName"), name},
                                         {QStringLiteral("update"), QFileInfo::exists(file)}});
    EXPECT_EQ(fault, QString());
  }

  static long long count(const QString& file) { return QgsVectorLayer(file).featureCount(); }

  LayerFiles m_files{m_context, &m_feedback};
};

TEST_F(QgisLayerFiles, FilesAndLayersOfFilesGoAsTheyAre) {
  EXPECT_EQ(file_of(ortho()), ortho());
  EXPECT_EQ(file_of(add_polygons()->id()), path(QStringLiteral("polygons.geojson")));
}

TEST_F(QgisLayerFiles, OfAFileWithPointsAndPolygonsOnlyWhatIsMeantIsExported) {
  QByteArray features;
  for (const char* geometry : {R"("Point","coordinates":[1,1])", R"("Point","coordinates":[2,1])",
                               R"("Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]])"}) {
    features += (features.isEmpty() ? "" : ",");
    features +=
        QByteArray(R"({"type":"Feature","properties":{"class":"a"},"geometry":{"type":)") + geometry + "}}";
  }
  const QString mixed =
      write(QStringLiteral("mixed.geojson"), R"({"type":"FeatureCollection","features":[)" + features + "]}");
  auto* points = new QgsVectorLayer(mixed + QStringLiteral("|geometrytype=Point"), QStringLiteral("p"));
  m_project.addMapLayer(points);
  ASSERT_EQ(points->featureCount(), 2);
  EXPECT_EQ(count(file_of(points->id())), 2);
}

TEST_F(QgisLayerFiles, LayersInArchivesGoAsGdalNamesThem) {
  const QString archive = path(QStringLiteral("p.zip"));
  ASSERT_TRUE(QgsZipUtils::zip(archive, {polygon_file(QStringLiteral("polygons.geojson"))}));
  const QString inside = QStringLiteral("/vsizip/") + archive + QStringLiteral("/polygons.geojson");
  EXPECT_EQ(file_of(inside), inside);

  const QString scene = path(QStringLiteral("scene.zip"));
  ASSERT_TRUE(QgsZipUtils::zip(scene, {ortho()}));
  EXPECT_EQ(file_of(scene, LayerFiles::Hint::Raster), QStringLiteral("/vsizip/") + scene);
}

TEST_F(QgisLayerFiles, ListsInFieldsAreExportedAsText) {
  QgsVectorLayer layer(QStringLiteral("Polygon?crs=EPSG:4326&field=tags:string[]"), QStringLiteral("tags"),
                       QStringLiteral("memory"));
  QgsFeature feature(layer.fields());
  feature.setAttribute(0, QStringList{QStringLiteral("a"), QStringLiteral("b")});
  layer.dataProvider()->addFeature(feature);
  QgsVectorLayer copy(file_of(QVariant::fromValue(&layer)));
  QgsFeature found;
  ASSERT_TRUE(copy.getFeatures().nextFeature(found));
  EXPECT_EQ(found.attribute(QStringLiteral("tags")).toString(), QStringLiteral("[\"a\",\"b\"]"));
}

TEST_F(QgisLayerFiles, TextsThatNameNoLayerGoToTheProgram) {
  EXPECT_EQ(file_of(QStringLiteral("/no.tif")), QStringLiteral("/no.tif"));
  EXPECT_EQ(file_of(QVariant()), QString());
}

TEST_F(QgisLayerFiles, AnExpressionMayNameTheLayer) {
  const QString id = add_polygons()->id();
  const auto named = QgsProperty::fromExpression('\'' + id + '\'');
  EXPECT_EQ(file_of(QVariant::fromValue(QgsProcessingFeatureSourceDefinition(named))),
            path(QStringLiteral("polygons.geojson")));
}

TEST_F(QgisLayerFiles, ACopyIsWrittenLaterAndAsideAsItsLayerWasAndGoesInTheEnd) {
  QString file;
  {
    LayerFiles files(m_context, &m_feedback);
    file = files.file_of(add_memory_layer()->id());
    EXPECT_FALSE(QFileInfo::exists(file)) << "the window would stand still";
    m_project.clear();
    std::thread([&] { EXPECT_TRUE(files.write_exports(m_feedback)); }).join();
    EXPECT_EQ(count(file), 1);
  }
  EXPECT_FALSE(QFileInfo::exists(file));
}

TEST_F(QgisLayerFiles, WhatCanNotBeReadAnyMoreIsNoEmptyCopy) {
  QgsVectorLayer* layer = add_polygons();
  layer->select(0);
  m_files.file_of(QVariant::fromValue(QgsProcessingFeatureSourceDefinition(layer->id(), true)));
  ASSERT_TRUE(QFile::remove(layer->source()));
  EXPECT_THROW(m_files.write_exports(m_feedback), QgsProcessingException);
}

TEST_F(QgisLayerFiles, FiltersSelectionsAndUnsavedEditsAreExported) {
  QgsVectorLayer* layer = add_polygons();
  ASSERT_EQ(layer->featureCount(), 2);
  layer->selectByExpression(QStringLiteral("\"class\" = 'b'"));
  const QgsProcessingFeatureSourceDefinition selected(layer->id(), true);
  EXPECT_EQ(count(file_of(QVariant::fromValue(selected))), 1);
  const QgsProcessingFeatureSourceDefinition first(layer->id(), false, 1);
  EXPECT_EQ(count(file_of(QVariant::fromValue(first))), 1);

  layer->startEditing();
  layer->deleteSelectedFeatures();
  EXPECT_EQ(count(file_of(layer->id())), 1);
  layer->rollBack();

  layer->setSubsetString(QStringLiteral("\"class\" = 'a'"));
  EXPECT_EQ(count(file_of(layer->id())), 1);
}

TEST_F(QgisLayerFiles, FeaturesThatAreNotSavedYetComeBehindTheOthers) {
  QgsVectorLayer* layer = add_polygons();
  layer->startEditing();
  for (const char* name : {"c", "d"}) {
    QgsFeature drawn(layer->fields());
    drawn.setAttribute(0, QLatin1String(name));
    drawn.setGeometry(QgsGeometry::fromRect(QgsRectangle(0, 0, 1, 1)));
    ASSERT_TRUE(layer->addFeature(drawn));
  }
  const QString file = file_of(layer->id());
  EXPECT_TRUE(QFileInfo(file).fileName().startsWith(QStringLiteral("polygons")));
  std::map<QgsFeatureId, std::string> names;
  QgsVectorLayer copy(file);
  QgsFeatureIterator features = copy.getFeatures();
  for (QgsFeature feature; features.nextFeature(feature);)
    names[feature.id()] = feature.attribute(QStringLiteral("class")).toString().toStdString();
  std::string in_order;
  for (const auto& [id, name] : names) in_order += name;
  EXPECT_EQ(in_order, "abcd");
  const QString own = path(QStringLiteral("polygons.geojson"));
  for (const QString& target : {own, QDir().relativeFilePath(own)})
    EXPECT_THROW(m_files.refuse_replacing(target), QgsProcessingException) << target.toStdString();
  layer->rollBack();
  EXPECT_THROW(m_files.refuse_replacing(own), QgsProcessingException) << "it was copied";
}

TEST_F(QgisLayerFiles, WhatTheProjectAddsToALayerIsExported) {
  QgsVectorLayer* layer = add_polygons();
  QgsField big = layer->fields().field(QStringLiteral("class"));
  big.setName(QStringLiteral("big"));
  layer->addExpressionField(QStringLiteral("upper(class)"), big);
  const QgsVectorLayer with_field(file_of(layer->id()));
  EXPECT_GE(with_field.fields().indexOf(QStringLiteral("big")), 0);

  layer = add_polygons();
  layer->setCrs(QgsCoordinateReferenceSystem(QStringLiteral("EPSG:32633")));
  EXPECT_EQ(QgsVectorLayer(file_of(layer->id())).crs().authid(), QStringLiteral("EPSG:32633"));
}

TEST_F(QgisLayerFiles, NoFeatureIsLostWhateverItsFields) {
  for (const char* type : {"integer", "string", "double"}) {
    auto* layer = new QgsVectorLayer(
        QStringLiteral(
            "Polygon?crs=EPSG:4326&field=fid:%1&field=geom:string&field=Name:string&field=name:string")
            .arg(QLatin1String(type)),
        QStringLiteral("p"), QStringLiteral("memory"));
    QgsFeature feature(layer->fields());
    const QVariantList values{7, QStringLiteral("g"), QStringLiteral("A"), QStringLiteral("b")};
    for (int i = 0; i < values.size(); ++i) feature.setAttribute(i, values[i]);
    feature.setGeometry(QgsGeometry::fromRect(QgsRectangle(0, 0, 1, 1)));
    for (int i = 0; i < 4; ++i) layer->dataProvider()->addFeature(feature);
    layer->dataProvider()->deleteFeatures({1});
    m_project.addMapLayer(layer);
    const QgsVectorLayer written(file_of(layer->id()));
    EXPECT_EQ(written.allFeatureIds(), layer->allFeatureIds());
    QgsFeature first;
    written.getFeatures().nextFeature(first);
    EXPECT_EQ(first.attribute(QStringLiteral("fid")).toInt(), 7) << type;
    EXPECT_EQ(first.attribute(QStringLiteral("geom")).toString(), "g") << type;
    EXPECT_EQ(first.attribute(QStringLiteral("Name")).toString(), "A") << type;
    EXPECT_EQ(first.attribute(m_files.field_of(layer->id(), QStringLiteral("name"))).toString(), "b");
    EXPECT_EQ(m_files.field_of({}, "name"), "name_2") << "classes";
  }
}

TEST_F(QgisLayerFiles, LabelsKeepTheirStyleAndTheirWindows) {
  QgsVectorLayer* layer = add_polygons();
  const QString file = path(QStringLiteral("labels.gpkg"));
  add_to_file(*layer, file, QStringLiteral("lab"));
  add_to_file(*layer, file, QStringLiteral("windows"));
  auto* labels = new QgsVectorLayer(file + QStringLiteral("|layername=lab"), QStringLiteral("lab"));
  m_project.addMapLayer(labels);
  auto* windows = new QgsVectorLayer(file + QStringLiteral("|layername=windows"), QStringLiteral("parts"));
  m_project.addMapLayer(windows);
  EXPECT_EQ(file_of(labels->id(), LayerFiles::Hint::Vector, true), file);
  EXPECT_FALSE(m_feedback.textLog().contains(QStringLiteral("parts")));
  windows->startEditing();
  windows->selectAll();
  windows->deleteSelectedFeatures();
  EXPECT_EQ(file_of(labels->id(), LayerFiles::Hint::Vector, true), file);
  EXPECT_THAT(m_feedback.textLog().toStdString(), HasSubstr("'parts' is read without its unsaved changes"));
  windows->rollBack();

  std::unique_ptr<QgsSymbol> symbol(QgsSymbol::defaultSymbol(labels->geometryType()));
  const QgsCategoryList roofs = {
      QgsRendererCategory(QStringLiteral("a"), symbol->clone(), QStringLiteral("Dach"))};
  labels->setRenderer(new QgsCategorizedSymbolRenderer(QStringLiteral("class"), roofs));
  const QString exported = file_of(labels->id(), LayerFiles::Hint::Vector, true);
  ASSERT_NE(exported, file);
  EXPECT_EQ(count(exported + QStringLiteral("|layername=windows")), 2);
  const QgsVectorLayer copy(exported + QStringLiteral("|layerid=0"));
  const auto* drawn = dynamic_cast<const QgsCategorizedSymbolRenderer*>(copy.renderer());
  ASSERT_NE(drawn, nullptr);
  EXPECT_EQ(drawn->categories().first().label(), QStringLiteral("Dach"));
  EXPECT_EQ(file_of(labels->id()), file) << "a style matters to labels only";
  labels->setRenderer(new QgsEmbeddedSymbolRenderer(symbol->clone()));
  file_of(labels->id(), LayerFiles::Hint::Vector, true);
  for (const char* field : {"\"class\"", "upper(class)"}) {
    EXPECT_THAT(m_feedback.textLog().toStdString(), Not(HasSubstr("drawn by rules"))) << field;
    labels->setRenderer(new QgsCategorizedSymbolRenderer(QLatin1String(field), roofs));
    file_of(labels->id(), LayerFiles::Hint::Vector, true);
  }
  EXPECT_THAT(m_feedback.textLog().toStdString(), HasSubstr("'lab' is drawn by rules"));
}

TEST_F(QgisLayerFiles, TheFirstLayerOfAFileWithOthersIsExported) {
  QgsVectorLayer* layer = add_polygons();
  const QString file = path(QStringLiteral("areas.gpkg"));
  add_to_file(*layer, file, QStringLiteral("first"));
  add_to_file(*layer, file, QStringLiteral("windows"));
  EXPECT_EQ(file_of(file), file) << "a companion is none";
  layer->setSubsetString(QStringLiteral("\"class\" = 'a'"));
  add_to_file(*layer, file, QStringLiteral("landcover"));
  auto* first = new QgsVectorLayer(file, QStringLiteral("areas"));
  m_project.addMapLayer(first);
  ASSERT_EQ(first->featureCount(), 2);
  EXPECT_EQ(file_of(file), file) << "nobody chose a layer";
  const QString exported = file_of(first->id());
  ASSERT_NE(exported, file);
  EXPECT_EQ(count(exported), 2);
}

TEST_F(QgisLayerFiles, NothingSelectedIsSaidSo) {
  const QgsProcessingFeatureSourceDefinition selected(add_polygons()->id(), true);
  try {
    file_of(QVariant::fromValue(selected));
    FAIL();
  } catch (const QgsProcessingException& error) {
    EXPECT_THAT(error.what().toStdString(), HasSubstr("No feature of layer 'polygons' is selected"));
  }
}

TEST_F(QgisLayerFiles, RastersOfAServiceAreRefused) {
  auto* layer = new QgsRasterLayer(
      QStringLiteral("type=xyz&url=http://localhost:1/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=3&zmin=0"),
      QStringLiteral("tiles"), QStringLiteral("wms"));
  ASSERT_TRUE(layer->isValid()) << layer->error().message().toStdString();
  m_project.addMapLayer(layer);
  EXPECT_THROW(file_of(layer->id()), QgsProcessingException);
}

TEST_F(QgisLayerFiles, SemicolonsInNamesPartNothing) {
  const QString file = polygon_file(QStringLiteral("a;b.geojson"));
  EXPECT_EQ(single_values(file).size(), 1);
  EXPECT_EQ(single_values(QStringList{file, ortho()}).size(), 2);
  EXPECT_EQ(single_values(QStringLiteral("a;b")).size(), 2);
}

TEST_F(QgisLayerFiles, ListsKeepTheirOrder) {
  QgsVectorLayer* layer = add_polygons();
  const QVariantList layers = {QVariant::fromValue<QObject*>(layer), QStringLiteral("/no.tif"), ortho()};
  EXPECT_EQ(single_values(layers), layers);
}

TEST_F(QgisLayerFiles, ASelectionInAListIsExportedInItsPlace) {
  QgsVectorLayer* layer = add_polygons();
  layer->selectByExpression(QStringLiteral("\"class\" = 'b'"));
  const QVariant selected = QVariant::fromValue(QgsProcessingFeatureSourceDefinition(layer->id(), true));
  const QVariantList labels{selected, layer->id()};
  QString message;
  EXPECT_TRUE(algorithm(QStringLiteral("evaluate"))
                  ->checkParameterValues({{"INPUT", QStringList{ortho(), ortho()}}, {"LABELS", labels}},
                                         m_context, &message))
      << message.toStdString();
  const QStringList files = labels_of_run(labels);
  ASSERT_EQ(files.size(), 2);
  EXPECT_EQ(count(files.first()), 1);
  EXPECT_EQ(files.last(), path(QStringLiteral("polygons.geojson")));
  EXPECT_EQ(single_values(selected).size(), 1);
}

TEST_F(QgisLayerFiles, WhatIsNeitherTextNorLayerIsRefusedInAList) {
  const QVariantList labels{QVariantMap{{"source", "a"}}, add_polygons()->id()};
  run(QStringLiteral("evaluate"), {{"INPUT", QStringList{ortho(), ortho()}}, {"LABELS", labels}});
  EXPECT_THAT(m_feedback.textLog().toStdString(), HasSubstr("a value of this kind can't be used"));
}

}  // namespace
}  // namespace orthocover::qgis
