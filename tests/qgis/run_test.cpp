#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qgsapplication.h>
#include <qgscategorizedsymbolrenderer.h>
#include <qgsexception.h>
#include <qgspalettedrasterrenderer.h>
#include <qgsprocessingalgrunnertask.h>
#include <qgsprocessingmodelalgorithm.h>
#include <qgsprocessingparameters.h>
#include <qgsrasterlayer.h>
#include <qgsreferencedgeometry.h>
#include <qgssinglebandgrayrenderer.h>
#include <qgssinglebandpseudocolorrenderer.h>
#include <qgstaskmanager.h>
#include <qgsvectorlayer.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <QDir>
#include <QEventLoop>
#include <QFile>

#include "qgis_plugin/run_results.h"
#include "tests/qgis/qgis_workshop.h"
#if _QGIS_VERSION_INT >= 32600
#include <qgsprocessingbatch.h>
#endif

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Runs of the real program through the algorithms.
class QgisRun : public QgisWorkshop {
 protected:
  QVariantMap small_map(const QVariant& output) const {
    return {{"INPUT", ortho()}, {"OUTPUT", output}, {"LEVELS", "1"}, {"PROJWIN", small_extent()}};
  }

  QVariant to_load(const QString& file) {
    return QVariant::fromValue(QgsProcessingOutputLayerDefinition(file, &m_project));
  }

  /// What QGIS does with a layer that it loads.
  void post_process(const QString& file, QgsMapLayer& layer) {
    auto* styler = m_context.layerToLoadOnCompletionDetails(file).postProcessor();
    ASSERT_NE(styler, nullptr);
    styler->postProcessLayer(&layer, m_context, &m_feedback);
  }

  std::string log() const { return m_feedback.textLog().toStdString(); }
};

/// Ids of processes whose parent is this one.
std::vector<int> children() {
  std::vector<int> ids;
  for (const QString& entry : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
    QFile status(QStringLiteral("/proc/%1/stat").arg(entry));
    if (!status.open(QIODevice::ReadOnly)) continue;
    const QString line = QString::fromLocal8Bit(status.readAll());
    const QStringList fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    if (fields.value(1).toInt() == getpid()) ids.push_back(entry.toInt());
  }
  return ids;
}

TEST_F(QgisRun, SegmentMakesAMapWithItsStyleNameAndAreas) {
  const QString map = path("map.tif");
  const QVariantMap results = run("segment", small_map(to_load(map)));
  EXPECT_EQ(results.value("OUTPUT").toString(), map);
  EXPECT_GT(results.value("AREA_M2").toDouble(), 100);
  EXPECT_GT(results.value("PATCHES").toInt(), 0);
  EXPECT_TRUE(std::ranges::is_sorted(m_feedback.percents()));
  EXPECT_EQ(m_feedback.percents().back(), 100);
  EXPECT_THAT(log(), HasSubstr("megapixels per second"));
  EXPECT_THAT(log(), HasSubstr("orthocover segment --levels 1 --projwin"));

  QgsRasterLayer layer(map);
  post_process(map, layer);
  const auto* renderer = dynamic_cast<const QgsPalettedRasterRenderer*>(layer.renderer());
  ASSERT_NE(renderer, nullptr);
  EXPECT_GT(renderer->classes().size(), 2);
  EXPECT_EQ(m_context.layerToLoadOnCompletionDetails(map).name, QStringLiteral("banepa land cover"));
}

TEST_F(QgisRun, AStyleThatTheUserChoseForAnOutputDrawsIt) {
  QgsRasterLayer gray(ortho());
  gray.setRenderer(new QgsSingleBandGrayRenderer(gray.dataProvider(), 1));
  bool is_saved = false;
  gray.saveNamedStyle(path("mine.qml"), is_saved);
  ASSERT_TRUE(is_saved);
  const QDir settings(QgsApplication::qgisSettingsDirPath());
  ASSERT_TRUE(settings.mkpath("processing"));
  QFile styles(settings.filePath(QStringLiteral("processing/processing_qgis_styles.conf")));
  ASSERT_TRUE(styles.open(QIODevice::WriteOnly));
  const QByteArray mine = path("mine.qml").toUtf8() + '\n';
  styles.write("orthocover:segment|OUTPUT|" + mine + "chain|step:Sure|" + mine);
  styles.close();
  const QString map = path("map.tif");
  run("segment", small_map(to_load(map)));
  QgsRasterLayer layer(map);
  post_process(map, layer);
  EXPECT_EQ(layer.renderer()->type(), QStringLiteral("singlebandgray"));

  QgsProcessingModelChildAlgorithm step(QStringLiteral("orthocover:segment"));
  step.setChildId(QStringLiteral("step"));
  const QVariantMap all = small_map({});
  for (const char* name : {"INPUT", "LEVELS", "PROJWIN"})
    step.addParameterSources(name, {QgsProcessingModelChildParameterSource::fromStaticValue(all[name])});
  QgsProcessingModelOutput sure(QStringLiteral("Sure"));
  sure.setChildId(step.childId());
  sure.setChildOutputName(QStringLiteral("CONFIDENCE"));
  step.setModelOutputs({{sure.name(), sure}});
  QgsProcessingModelAlgorithm model(QStringLiteral("chain"));
  model.addChildAlgorithm(step);
  model.updateDestinationParameters();
  const QString file = path("sure.tif");
  model.run({{"step:Sure", to_load(file)}}, m_context, &m_feedback, nullptr, {}, false);
  styles.remove();
  QgsRasterLayer made(file);
  post_process(file, made);
  EXPECT_EQ(made.renderer()->type(), QStringLiteral("singlebandgray"));
}

TEST_F(QgisRun, AStepOfAModelLeavesTheOutputsOfEarlierOnesAlone) {
  const QString map = path("map.tif");
  run("segment", small_map(to_load(map)));
  const auto* styler = m_context.layerToLoadOnCompletionDetails(map).postProcessor();
  const QString table = path("areas.csv");
  run(QStringLiteral("summary"), {{"MAP", map}, {"OUTPUT", table}});
  const auto details = m_context.layersToLoadOnCompletion();
  EXPECT_EQ(details.keys(), QStringList{map});
  EXPECT_EQ(details.value(map).postProcessor(), styler);
  run("segment", small_map(to_load(map)));
  QgsRasterLayer layer(map);
  post_process(map, layer);
}

TEST_F(QgisRun, TheResultPageHasTheAreaOfEachClass) {
  const QVariantMap results = run("segment", small_map(path("map.tif")));
  QFile page(results.value("REPORT").toString());
  ASSERT_TRUE(page.open(QIODevice::ReadOnly));
  const std::string html = page.readAll().toStdString();
  EXPECT_THAT(html, HasSubstr("Area of each class"));
  EXPECT_THAT(html, HasSubstr("background:#"));
  const QVariantMap summary = run(QStringLiteral("summary"), {{"MAP", results.value("OUTPUT")}});
  QFile areas(summary.value("REPORT").toString());
  ASSERT_TRUE(areas.open(QIODevice::ReadOnly));
  const std::string once = areas.readAll().toStdString();
  EXPECT_THAT(once, HasSubstr("<td>total</td>"));
  EXPECT_THAT(once, Not(HasSubstr("<pre>"))) << "twice";
  ChildOutcome outcome;
  outcome.report = nlohmann::json::parse(R"({"areas": [{"name": "roof", "pixels": 8}],
                                             "nodata": {"area_m2": 2.5, "pixels": 4}})");
  const std::string gaps = result_page({}, outcome, true).toStdString();
  EXPECT_THAT(gaps, HasSubstr("no data</td><td class=\"number\">2.5</td>"));
  EXPECT_THAT(gaps, HasSubstr(">8</td></tr>"));
  outcome.report["areas"][0].erase("pixels");
  EXPECT_EQ(result_page({}, outcome, true).count("Pixels"), 0);
}

TEST_F(QgisRun, FurtherOutputsAreNamedAfterTheInputToo) {
  const QString map = path("map.tif");
  QVariantMap parameters = small_map(to_load(map));
  const QString sure = path("sure.tif");
  const QString polygons = path("polygons.gpkg");
  parameters["CONFIDENCE"] = to_load(sure);
  parameters["VECTOR"] = to_load(polygons);
  run("segment", parameters);
  EXPECT_EQ(m_context.layerToLoadOnCompletionDetails(sure).name, QStringLiteral("banepa confidence"));
  EXPECT_EQ(m_context.layerToLoadOnCompletionDetails(polygons).name, QStringLiteral("banepa polygons"));
  QgsRasterLayer layer(sure);
  post_process(sure, layer);
  const auto* ramp = dynamic_cast<const QgsSingleBandPseudoColorRenderer*>(layer.renderer());
  ASSERT_NE(ramp, nullptr);
  EXPECT_DOUBLE_EQ(ramp->classificationMax(), 1);  // percents with the scale 0.01
#if _QGIS_VERSION_INT >= 33200
  const auto layers = m_context.layersToLoadOnCompletion();
  EXPECT_GT(layers[polygons].layerSortKey, layers[map].layerSortKey) << "the map hides its polygons";
  EXPECT_GT(layers[map].layerSortKey, layers[sure].layerSortKey);
#endif
}

TEST_F(QgisRun, VectorizeMakesPolygonsWithACategoryForEachClass) {
  const QString map = path("map.tif");
  run("segment", small_map(map));
  const QString polygons = path("polygons.gpkg");
  auto site = QgsCoordinateReferenceSystem::fromProj("+proj=tmerc +lon_0=85.5 +datum=WGS84 +type=crs");
  QgsApplication::createDatabase();
  site.saveAsUserCrs(QStringLiteral("site grid"));
  EXPECT_TRUE(site.authid().startsWith(QStringLiteral("USER:")));
  const QVariantMap results = run(
      QStringLiteral("vectorize"),
      {{"MAP", map}, {"OUTPUT", to_load(polygons)}, {"MIN_AREA", 0.5}, {"CRS", QVariant::fromValue(site)}});
  QgsVectorLayer layer(polygons);
  ASSERT_TRUE(layer.isValid());
  EXPECT_NEAR(layer.extent().xMinimum(), 3800, 1000);
  EXPECT_EQ(results.value("POLYGONS").toLongLong(), layer.featureCount());
  post_process(polygons, layer);
  const auto* renderer = dynamic_cast<const QgsCategorizedSymbolRenderer*>(layer.renderer());
  ASSERT_NE(renderer, nullptr);
  EXPECT_GT(renderer->categories().size(), 1);
  EXPECT_EQ(m_context.layerToLoadOnCompletionDetails(polygons).name, QStringLiteral("map polygons"));
}

TEST_F(QgisRun, AppendingDoesNotMeetTheOverwritingOfDialogs) {
  const QString map = path("map.tif");
  run("segment", small_map(map));
  const QString polygons = path("polygons.gpkg");
  run(QStringLiteral("vectorize"), {{"MAP", map}, {"OUTPUT", polygons}});
  run(QStringLiteral("vectorize"),
      {{"MAP", map}, {"OUTPUT", polygons}, {"LAYER", "second"}, {"APPEND", true}});
  EXPECT_GT(QgsVectorLayer(polygons + QStringLiteral("|layername=second")).featureCount(), 0);
}

TEST_F(QgisRun, ATaskInAnotherThreadLoadsItsLayersToo) {
  const QString map = path("map.tif");
  const auto segment = algorithm("segment");
  const QVariantMap parameters = small_map(to_load(map));
  auto* task = new QgsProcessingAlgRunnerTask(segment.get(), parameters, m_context, &m_feedback);
  QEventLoop loop;
  bool succeeded = false;
  QObject::connect(task, &QgsProcessingAlgRunnerTask::executed, &loop, [&](bool ok, const QVariantMap&) {
    succeeded = ok;
    loop.quit();
  });
  QgsApplication::taskManager()->addTask(task);
  loop.exec();
  EXPECT_TRUE(succeeded);
  EXPECT_TRUE(m_context.willLoadLayerOnCompletion(map));
}

#if _QGIS_VERSION_INT >= 32600
TEST_F(QgisRun, ARowOfABatchOfQgisHasNoPage) {
  QgsProcessingBatchFeedback feedback(1, &m_feedback);
  const QVariantMap results =
      algorithm(QStringLiteral("info"))->run({{"INPUT", ortho()}}, m_context, &feedback);
  EXPECT_TRUE(results.contains("TEXT"));
  EXPECT_FALSE(results.contains("REPORT"));
}
#endif

TEST_F(QgisRun, CancelLeavesNoFileAndNoChildProcess) {
  const QStringList before = files();
  m_feedback.cancel_at(5);
  const QString map = path("map.tif");
  const QVariantMap results =
      run("segment", {{"INPUT", ortho()}, {"OUTPUT", to_load(map)}, {"PATCH_SIZE", 128}, {"JOURNAL", 0}});
  EXPECT_TRUE(m_feedback.isCanceled());
  EXPECT_FALSE(results.contains("OUTPUT"));
  EXPECT_FALSE(m_context.willLoadLayerOnCompletion(map));
  EXPECT_EQ(files(), before);
  EXPECT_TRUE(children().empty());
}

TEST_F(QgisRun, AChildThatIsKilledIsAnErrorAndNoMore) {
  QObject::connect(&m_feedback, &QgsFeedback::progressChanged, &m_feedback, [](double) {
    for (const int child : children()) kill(child, SIGKILL);
  });
  const QString map = path("map.tif");
  const QString error = error_of("segment", {{"INPUT", ortho()}, {"OUTPUT", to_load(map)}});
  EXPECT_THAT(error.toStdString(), HasSubstr("ended without warning"));
  EXPECT_FALSE(m_context.willLoadLayerOnCompletion(map));
  EXPECT_FALSE(QFile::exists(map));
  EXPECT_TRUE(children().empty());
}

TEST_F(QgisRun, BadInputGivesTheMessageOfTheProgram) {
  const QString text = write(QStringLiteral("no_raster.tif"), "this is no raster");
  const QString error = error_of("segment", {{"INPUT", text}, {"OUTPUT", path("map.tif")}});
  EXPECT_THAT(error.toStdString(), HasSubstr("no_raster.tif"));
  EXPECT_FALSE(QFile::exists(path("map.tif")));
}

TEST_F(QgisRun, WrongValuesAreRefusedBeforeTheProgramStartsWithWhatIsWrong) {
  const std::map<QString, std::pair<QVariant, std::string>> values = {
      {"EXTENT", {"0,1,0,1", "orthocover:segment: 'EXTENT' is not a parameter (did you mean 'PROJWIN'?)"}},
      {"LEVELS", {"1,two", "'Stitch levels': 'two' is not a whole number"}},
      {"PATCH_SIZE", {7, "'Patch size': 7 is outside 32..8192"}},
      {"FORMAT", {"NetCDF", "'Raster format': 'NetCDF' is not one of GTiff, COG"}}};
  for (const auto& [name, wrong] : values) {
    QVariantMap parameters = small_map(path("map.tif"));
    parameters[name] = wrong.first;
    QString message;
    EXPECT_FALSE(algorithm("segment")->checkParameterValues(parameters, m_context, &message));
    EXPECT_EQ(message.toStdString(), wrong.second);
    EXPECT_TRUE(run("segment", parameters).isEmpty());
    EXPECT_THAT(log(), HasSubstr(wrong.second));
  }
}

TEST_F(QgisRun, LayersThatAreNoFilesAreRefused) {
  for (const std::string text : {"memory:a", "ogr:dbname='a.gpkg' table=b", "a.gpkg|layername=b"}) {
    run("vectorize", {{"MAP", ortho()}, {"OUTPUT", QString::fromStdString(text)}});
    EXPECT_THAT(log(), HasSubstr("'" + text + "' is "));
  }
}

TEST_F(QgisRun, AValueThatIsNeitherTextNorLayerIsRefused) {
  const QVariant strange = QVariantMap{{"source", ortho()}};
  const QVariant nowhere =
      QVariant::fromValue(QgsProcessingFeatureSourceDefinition(QgsProperty::fromExpression("''")));
  const QList<std::pair<QString, QVariant>> values = {{"AREA", strange},
                                                      {"AREA", nowhere},
                                                      {"AREA", QVariantList{ortho()}},
                                                      {"INPUT", strange},
                                                      {"MODEL", strange},
                                                      {"LEVELS", strange},
                                                      {"LEVELS", QVariantList{1, strange}},
                                                      {"MODEL_FOLDER", strange},
                                                      {"FORMAT", strange},
                                                      {"GROUND_SIZE", strange},
                                                      {"OVERWRITE", strange},
                                                      {"CO", strange}};
  for (const auto& [name, value] : values) {
    QVariantMap parameters = small_map(path("map.tif"));
    parameters[name] = value;
    const std::size_t before = log().size();
    EXPECT_TRUE(run("segment", parameters).isEmpty());
    EXPECT_THAT(log().substr(before), HasSubstr("a value of this kind can't be used")) << name.toStdString();
  }
}

TEST_F(QgisRun, ADryRunLoadsNothing) {
  const QString map = path("map.tif");
  QVariantMap parameters = small_map(to_load(map));
  parameters["DRY_RUN"] = true;
  const QVariantMap results = run("segment", parameters);
  EXPECT_FALSE(results.contains("OUTPUT"));
  EXPECT_FALSE(m_context.willLoadLayerOnCompletion(map));
  EXPECT_FALSE(results.value("TEXT").toString().isEmpty());
  // A map of an earlier run is no result of it.
  write(QStringLiteral("map.tif"), "earlier");
  EXPECT_FALSE(run("segment", parameters).contains("OUTPUT"));
}

TEST_F(QgisRun, ExtentsCanBeGivenAsObjects) {
  QVariantMap parameters = small_map(path("map.tif"));
  const QgsRasterLayer scene(ortho());
  QgsRectangle box = scene.extent();
  box.setXMaximum(box.xMinimum() + box.width() / 8);
  box.setYMinimum(box.yMaximum() - box.height() / 8);
  parameters["PROJWIN"] = QVariant::fromValue(QgsReferencedRectangle(box, scene.crs()));
  run("segment", parameters);
  EXPECT_EQ(QgsRasterLayer(path("map.tif")).width(), 256);
  parameters["PROJWIN"] = QStringLiteral("somewhere");
  EXPECT_TRUE(run("segment", parameters).isEmpty());
  EXPECT_THAT(log(), HasSubstr("'somewhere' is no extent"));
}

TEST_F(QgisRun, NamesOfOutputsStayAndFormatsLieBesideTheMap) {
  const QString map = path("map.tif");
  QgsProcessingOutputLayerDefinition output(map, &m_project);
  output.destinationName = QStringLiteral("Ergebnis");
  QVariantMap parameters = small_map(QVariant::fromValue(output));
  parameters["VECTOR"] = QStringLiteral("gpkg");
  const QVariantMap results = run("segment", parameters);
  EXPECT_EQ(m_context.layerToLoadOnCompletionDetails(map).name, QStringLiteral("Ergebnis"));
  EXPECT_EQ(results.value("VECTOR").toString(), path("map.gpkg"));
}

}  // namespace
}  // namespace orthocover::qgis
