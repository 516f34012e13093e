#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <qgsapplication.h>
#include <qgsprocessingparameters.h>
#include <qgsprocessingregistry.h>

#include <QDir>
#include <QFile>

#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;

/// Many scenes by one run of the real program.
class QgisBatch : public QgisWorkshop {
 protected:
  QVariantMap small_map(const QVariant& output) const {
    return {{"INPUT", ortho()}, {"OUTPUT", output}, {"LEVELS", "1"}, {"PROJWIN", small_extent()}};
  }

  std::string log() const { return m_feedback.textLog().toStdString(); }
};

TEST_F(QgisBatch, ABatchPutsItsMapsIntoAFolder) {
  const QString folder = path(QStringLiteral("maps"));
  ASSERT_TRUE(QFile::copy(ortho(), path(QStringLiteral("second.tif"))));
  QVariantMap parameters = small_map(folder);
  parameters["INPUT"] = QStringList{ortho(), path(QStringLiteral("second.tif"))};
  const QVariantMap results = run(QStringLiteral("segmentbatch"), parameters);
  EXPECT_FALSE(QFile::exists(path(QStringLiteral("second.tif.aux.xml")))) << "for its CRS alone";
  EXPECT_EQ(QDir(folder).entryList({QStringLiteral("*.tif")}).size(), 2);
  EXPECT_EQ(QDir(results.value("OUTPUT").toString()), QDir(folder));
  EXPECT_TRUE(m_context.layersToLoadOnCompletion().isEmpty());
}

TEST_F(QgisBatch, ABatchLoadsItsMapsWhenAsked) {
  const QString folder = path(QStringLiteral("maps"));
  QVariantMap parameters = small_map(folder);
  parameters["LOAD_MAPS"] = true;
  run(QStringLiteral("segmentbatch"), parameters);
  const auto layers = m_context.layersToLoadOnCompletion();
  ASSERT_EQ(layers.size(), 1);
  EXPECT_EQ(layers.first().name, QStringLiteral("banepa land cover"));
  EXPECT_EQ(layers.first().project, &m_project);
}

TEST_F(QgisBatch, SkippedScenesAreCalledSo) {
  QVariantMap parameters = small_map(path(QStringLiteral("maps")));
  run(QStringLiteral("segmentbatch"), parameters);
  EXPECT_THAT(log(), HasSubstr("banepa.tif: 403 x"));
  parameters["RESUME"] = true;
  run(QStringLiteral("segmentbatch"), parameters);
  EXPECT_THAT(log(), HasSubstr("banepa.tif: is done and unchanged; skipped"));
}

TEST_F(QgisBatch, MoreNamesThanACommandTakesGoThroughAFile) {
  QStringList scenes = {ortho()};
  for (int i = 0; i < 3000; ++i) scenes << path(QStringLiteral("no scene, but a long name, %1.tif").arg(i));
  QVariantMap parameters = small_map(path(QStringLiteral("maps")));
  parameters["INPUT"] = scenes;
  const QVariantMap results = run(QStringLiteral("segmentbatch"), parameters);
  EXPECT_THAT(log(), HasSubstr("orthocover segment --config "));
  EXPECT_EQ(m_feedback.textLog().count("no scene, but a long name, 7.tif: no such file"), 1);
  EXPECT_EQ(results.value("FAILED").toInt(), 3000);
  EXPECT_EQ(QDir(path(QStringLiteral("maps"))).entryList({QStringLiteral("*.tif")}).size(), 1);
}

TEST_F(QgisBatch, FormatsAndFoldersAreOutputsForDialogs) {
  const auto* algorithm =
      QgsApplication::processingRegistry()->algorithmById(QStringLiteral("orthocover:segment"));
  const auto takes = [&](const char* field, const char* text) {
    const auto& output =
        dynamic_cast<const QgsProcessingDestinationParameter&>(*algorithm->parameterDefinition(field));
    QString error;
    return output.isSupportedOutputValue(QString(text), m_context, error);
  };
  for (const char* text : {"./gpkg", "/x/", "/x/a.tab", "/x/a.gpkg", "/x/A.JSON"})
    EXPECT_TRUE(takes("VECTOR", text)) << text;
  for (const char* text : {"/x/a.docx", "memory:a"}) EXPECT_FALSE(takes("VECTOR", text)) << text;
  EXPECT_TRUE(takes("OUTPUT", "/x/a.tiff"));
  EXPECT_FALSE(takes("OUTPUT", "/x/a.json"));
}

TEST_F(QgisBatch, NotesNameFieldsAsTheDialogDoes) {
  QVariantMap parameters = small_map(path(QStringLiteral("m/")));
  parameters["GROUND_SIZE"] = 7;
  const QVariantMap results = run(QStringLiteral("segment"), parameters);
  EXPECT_EQ(results.value("OUTPUT"), path(QStringLiteral("m/banepa.tif"))) << "for models";
  EXPECT_THAT(log(), HasSubstr("covers 7 m with 'Ground size of a pixel' 7"));
}

}  // namespace
}  // namespace orthocover::qgis
