#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qgsexception.h>
#include <qgsprocessingparameters.h>
#include <qgsprocessingutils.h>
#include <qgsrasterlayer.h>
#include <qgsvectorlayer.h>

#include <algorithm>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

#include "qgis_plugin/layer_copy.h"
#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;

constexpr int kMostMs = 120000;

/// How a run of qgis_process ended.
struct ProcessEnd {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

/// The stock qgis_process with the plugin in its plugin folder, and nothing installed.
class QgisProcess : public QgisWorkshop {
 protected:
  void SetUp() override {
    m_program = QStandardPaths::findExecutable("qgis_process.bin");
    if (m_program.isEmpty()) m_program = QStandardPaths::findExecutable("qgis_process");
    if (m_program.isEmpty()) GTEST_SKIP() << "qgis_process is not installed";
    const QString script = ORTHOCOVER_SOURCE_DIR "/tests/qgis/make_prefix.sh";
    ASSERT_EQ(QProcess::execute(
                  "sh", {script, prefix(), ORTHOCOVER_SYSTEM_PLUGINS, ORTHOCOVER_PLUGIN, ORTHOCOVER_PROGRAM}),
              0);
  }

  QString prefix() const { return path("prefix"); }

  ProcessEnd call(const QStringList& arguments) const {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("QGIS_PREFIX_PATH", prefix());
    process.setProcessEnvironment(environment);
    process.start(m_program, arguments);
    process.closeWriteChannel();
    ProcessEnd end;
    if (process.waitForFinished(kMostMs)) end.exit_code = process.exitCode();
    process.kill();
    process.waitForFinished();
    end.output = process.readAllStandardOutput().toStdString();
    end.errors = process.readAllStandardError().toStdString();
    return end;
  }

  QString m_program;
};

TEST_F(QgisProcess, ListsTheProviderWithItsAlgorithms) {
  const ProcessEnd end = call({"list"});
  EXPECT_EQ(end.exit_code, 0) << end.errors;
  for (const char* line :
       {"orthocover:segment\tMap land cover", "orthocover:vectorize\t", "orthocover:train\t"})
    EXPECT_THAT(end.output, HasSubstr(line));
}

TEST_F(QgisProcess, RunsSegmentAndVectorize) {
  const QString map = path("map.tif");
  const QString polygons = path("map.gpkg");
  const ProcessEnd segment = call({"run", "orthocover:segment", "--INPUT=" + ortho(), "--OUTPUT=" + map,
                                   "--LEVELS=1", "--PROJWIN=" + small_extent(),
                                   "--MODEL=" ORTHOCOVER_SOURCE_DIR "/models/orthonet-small-landcover"});
  EXPECT_EQ(segment.exit_code, 0) << segment.output << segment.errors;
  EXPECT_TRUE(QFileInfo::exists(map));
  const ProcessEnd vectorize = call({"run", "orthocover:vectorize", "--MAP=" + map, "--OUTPUT=" + polygons});
  EXPECT_EQ(vectorize.exit_code, 0) << vectorize.output << vectorize.errors;
  EXPECT_TRUE(QFileInfo::exists(polygons));
}

TEST_F(QgisProcess, RunsTheModelOfTheExamplesThatChainsSegmentAndVectorize) {
  const QString polygons = path("map.gpkg");
  const ProcessEnd end = call(
      {"run", ORTHOCOVER_SOURCE_DIR "/examples/landcover_polygons.model3", "--orthophoto=" + ortho(),
       "--smallest_area=5", "--segment:Land cover=" + path("map.tif"), "--vectorize:Polygons=" + polygons});
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("--simplify 0.3 --min-area 5"));
  EXPECT_TRUE(QFileInfo::exists(polygons));
}

TEST_F(QgisProcess, BadInputEndsWithCodeOneAndTheMessageOfTheProgram) {
  const ProcessEnd end = call({"run", "orthocover:segment", "--INPUT=" + ortho(),
                               "--MODEL_FOLDER=/no/such/model", "--OUTPUT=" + path("map.tif")});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.errors, HasSubstr("model '/no/such/model': no such shipped model or folder"));
}

TEST_F(QgisProcess, AMissingProgramEndsWithCodeOneAndTheCure) {
  QFile::remove(prefix() + "/bin/orthocover");
  const VariableForNow variable("ORTHOCOVER_PROGRAM", "/no/such/orthocover");
  const ProcessEnd end =
      call({"run", "orthocover:segment", "--INPUT=" + ortho(), "--OUTPUT=" + path("map.tif")});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.errors, HasSubstr("the environment variable ORTHOCOVER_PROGRAM names it"));
}

/// As in a dialog, which keeps its algorithm.
TEST_F(QgisWorkshop, CopiesOfLayersComeFirstAndGoWithARunThatFails) {
  auto* zones = new QgsVectorLayer(polygon_file("z.geojson"), "zones copied");
  m_project.addMapLayer(zones);
  zones->select(0);
  const auto chosen = QVariant::fromValue(QgsProcessingFeatureSourceDefinition(zones->id(), true));
  for (const auto& [field, fault] : {std::pair{"class", "layer 'zones copied': no zone"},
                                     {"kind", "layer 'zones copied' has no field 'kind'"}}) {
    const auto summary = algorithm("summary");
    ListeningFeedback feedback;
    ASSERT_TRUE(summary->prepare({{"MAP", ortho()}, {"BAND", 1}, {"ZONES", chosen}, {"ZONE_FIELD", field}},
                                 m_context, &feedback));
    try {
      summary->runPrepared({}, m_context, &feedback);
      FAIL();
    } catch (const QgsProcessingException& error) {
      EXPECT_THAT(error.what().toStdString(), testing::StartsWith(fault));
    }
    ASSERT_FALSE(feedback.percents().empty());
    EXPECT_TRUE(std::ranges::is_sorted(feedback.percents()));
    EXPECT_LE(feedback.percents().front(), 5);
    EXPECT_LT(feedback.percents().back(), 100);
  }
  QDirIterator copies(QgsProcessingUtils::tempFolder(), {"*copied.gpkg"}, QDir::Files,
                      QDirIterator::Subdirectories);
  EXPECT_FALSE(copies.hasNext());
}

TEST_F(QgisWorkshop, OfALayerOfAServerIdsAreReadWithItsCopy) {
  QgsVectorLayer layer(polygon_file("areas.geojson"));
  layer.startEditing();
  QgsFeature drawn = layer.getFeature(0);
  ASSERT_TRUE(layer.addFeature(drawn));
  LayerCopy copy(layer, path("copy.gpkg"), false);
  EXPECT_TRUE(copy.write(m_feedback));
  const QgsFeatureIds ids = QgsVectorLayer(copy.file()).allFeatureIds();
  EXPECT_EQ(ids.size(), 3);
  EXPECT_TRUE(ids.contains(3)) << "behind the others";
}

TEST_F(QgisWorkshop, FiltersMayNameVariablesAndSumUpTheirLayer) {
  QgsVectorLayer layer(polygon_file("areas.geojson"), "areas");
  QgsProject::instance()->setCustomVariables({{"kind", "z"}});
  auto* of_run = new QgsExpressionContextScope;
  of_run->setVariable("kind", "b");
  m_context.expressionContext() << of_run;
  for (const char* filter : {"class = maximum(class)", "@layer_name = 'areas' and class = @kind"}) {
    LayerCopy copy(layer, path("copy.gpkg"), true);
    copy.set_filter(QLatin1String(filter), layer, m_context.expressionContext());
    EXPECT_TRUE(copy.write(m_feedback));
    EXPECT_EQ(QgsVectorLayer(copy.file()).featureCount(), 1) << filter;
    EXPECT_TRUE(QFile::remove(copy.file()));
  }
}

TEST_F(QgisWorkshop, ALayerOfAServiceIsRefusedBeforeTheProgramStarts) {
  auto* tiles = new QgsRasterLayer(
      QStringLiteral("type=xyz&url=http://localhost:1/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=3&zmin=0"), "tiles",
      "wms");
  m_project.addMapLayer(tiles);
  for (const QString id : {"segment", "segmentbatch"}) {
    QString message;
    EXPECT_FALSE(algorithm(id)->checkParameterValues({{"INPUT", tiles->id()}, {"OUTPUT", path("out")}},
                                                     m_context, &message));
    EXPECT_THAT(message.toStdString(), HasSubstr("Layer 'tiles' comes from the provider 'wms'"));
    EXPECT_THAT(message.toStdString(), HasSubstr("save it as a GeoTIFF first"));
  }
}

TEST_F(QgisWorkshop, WhatTheProgramPrintsIsATextAndAPage) {
  const QVariantMap results = run("info", {{"INPUT", ortho()}});
  EXPECT_TRUE(results.value("TEXT").toString().contains("2048"));
  EXPECT_TRUE(QFile::exists(results.value("REPORT").toString()));
}

}  // namespace
}  // namespace orthocover::qgis
