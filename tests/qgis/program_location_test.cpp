#include "qgis_plugin/program_location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QDir>

#include "qgis_plugin/model_choices.h"
#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;

/// Ways to the program.
class QgisProgramLocation : public QgisWorkshop {
 protected:
  static PluginSettings settings(const QString& program) {
    PluginSettings settings;
    settings.program = program;
    return settings;
  }

  QString with_program_set_to_nothing(const QString& id) {
    const SettingForNow setting("orthocover/program", QStringLiteral("/no/such/orthocover"));
    QString message;
    const auto created = algorithm(id);
    EXPECT_FALSE(created->canExecute(&message));
    QString check;
    EXPECT_FALSE(created->checkParameterValues({}, m_context, &check));
    EXPECT_EQ(check, message);
    return message;
  }
};

TEST_F(QgisProgramLocation, TheSettingCountsAlone) {
  const VariableForNow variable("ORTHOCOVER_PROGRAM", QStringLiteral(ORTHOCOVER_FAKE_CHILD));
  EXPECT_EQ(find_program(settings(QStringLiteral(ORTHOCOVER_PROGRAM))).path,
            QStringLiteral(ORTHOCOVER_PROGRAM));
  const ProgramLocation missing = find_program(settings(QStringLiteral("/no/such/orthocover")));
  EXPECT_TRUE(missing.path.isEmpty());
  EXPECT_EQ(missing.problem,
            QStringLiteral("/no/such/orthocover is no program that can be started, but Settings > Options > "
                           "orthocover names it as orthocover: correct it there."));
}

TEST_F(QgisProgramLocation, TheVariableOfTheEnvironmentComesBeforePath) {
  const VariableForNow variable("ORTHOCOVER_PROGRAM", QStringLiteral(ORTHOCOVER_FAKE_CHILD));
  const VariableForNow path_variable("PATH", m_folder.path());
  EXPECT_EQ(find_program({}).path, QStringLiteral(ORTHOCOVER_FAKE_CHILD));
}

TEST_F(QgisProgramLocation, AMissingProgramIsNamedWithTheCure) {
  const VariableForNow variable("ORTHOCOVER_PROGRAM", QString());
  const VariableForNow path_variable("PATH", m_folder.path());
  const ProgramLocation missing = find_program({});
  EXPECT_TRUE(missing.path.isEmpty());
  EXPECT_THAT(missing.problem.toStdString(), HasSubstr("was not found: install the package orthocover"));
}

TEST_F(QgisProgramLocation, AlgorithmsSaySoBeforeTheyRun) {
  EXPECT_THAT(with_program_set_to_nothing(QStringLiteral("segment")).toStdString(),
              HasSubstr("correct it there"));
}

TEST_F(QgisProgramLocation, ShippedModelsAndOwnOnesAreOffered) {
  const PluginSettings with_program = settings(QStringLiteral(ORTHOCOVER_PROGRAM));
  EXPECT_EQ(ModelChoices(with_program, QStringLiteral("default")).names(),
            (QStringList{QStringLiteral("default"), QStringLiteral("orthonet-small-landcover")}));

  PluginSettings with_own = with_program;
  with_own.models = m_folder.path();
  for (const char* name : {"roofs", "orthonet-small-landcover", "no model"})
    QDir(m_folder.path()).mkpath(name);
  write(QStringLiteral("roofs/model.json"), "{}");
  write(QStringLiteral("orthonet-small-landcover/model.json"), "{}");
  const ModelChoices choices(with_own, QString());
  EXPECT_EQ(choices.names(),
            (QStringList{QStringLiteral("default"), QStringLiteral("orthonet-small-landcover"),
                         QStringLiteral("orthonet-small-landcover (own)"), QStringLiteral("roofs")}));
  EXPECT_EQ(choices.word_of(QStringLiteral("roofs")), path(QStringLiteral("roofs")));
  EXPECT_EQ(choices.word_of(QStringLiteral("orthonet-small-landcover")),
            QStringLiteral("orthonet-small-landcover"));
}

TEST_F(QgisProgramLocation, FoldersAndNumbersAreChoicesToo) {
  QVariantMap values = {
      {"SCENE", ortho()}, {"LABELS", ortho()}, {"MODELS", QStringList{"default", m_folder.path()}}};
  QString message;
  EXPECT_TRUE(algorithm("compare")->checkParameterValues(values, m_context, &message));
  values = {{"MAP", ortho()}, {"OUTPUT", path("p.shp")}, {"CONNECTEDNESS", 8}};
  EXPECT_TRUE(algorithm("vectorize")->checkParameterValues(values, m_context, &message));
}

}  // namespace
}  // namespace orthocover::qgis
