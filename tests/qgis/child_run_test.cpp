#include "qgis_plugin/child_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qgsexception.h>

#include <algorithm>
#include <QElapsedTimer>
#include <thread>

#include "tests/qgis/qgis_workshop.h"

namespace orthocover::qgis {
namespace {

using testing::HasSubstr;

/// Runs of a program that speaks the protocol as a test wants it to.
class QgisChildRun : public QgisWorkshop {
 protected:
  ChildOutcome run_fake(const QString& mode) {
    const VariableForNow variable("ORTHOCOVER_FAKE", mode);
    return ChildRun(QStringLiteral(ORTHOCOVER_FAKE_CHILD), m_feedback)
        .run({QStringLiteral("segment"), "in", "out"});
  }

  std::string error_of_fake(const QString& mode) {
    try {
      run_fake(mode);
    } catch (const QgsProcessingException& error) {
      return error.what().toStdString();
    }
    return "";
  }

  std::string log() const { return m_feedback.textLog().toStdString(); }
};

TEST_F(QgisChildRun, GivesTextReportAndMessages) {
  const ChildOutcome outcome = run_fake(QStringLiteral("well"));
  EXPECT_FALSE(outcome.cancelled);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.text, QStringLiteral("two\nlines"));
  EXPECT_EQ(outcome.report.at("polygons"), 3);
  EXPECT_THAT(log(), HasSubstr("a message"));
  EXPECT_THAT(log(), HasSubstr("a doubt"));
  EXPECT_THAT(log(), Not(HasSubstr("orthocover segment:")));
}

TEST_F(QgisChildRun, ProgressNeverGoesBack) {
  run_fake(QStringLiteral("well"));
  EXPECT_TRUE(std::ranges::is_sorted(m_feedback.percents()));
  EXPECT_EQ(m_feedback.percents().back(), 100);
}

TEST_F(QgisChildRun, PutsPiecesOfLinesAndLettersTogether) {
  EXPECT_EQ(run_fake(QStringLiteral("pieces")).text, QStringLiteral("für"));
}

TEST_F(QgisChildRun, ReadsMoreMessagesThanAPipeHolds) {
  EXPECT_EQ(run_fake(QStringLiteral("much")).text, QStringLiteral("two\nlines"));
}

TEST_F(QgisChildRun, ErrorOfTheProgramIsTheException) {
  EXPECT_EQ(error_of_fake(QStringLiteral("error")), "ortho.tif has 1 band");
  EXPECT_THAT(log(), Not(HasSubstr("1 band")));  // QGIS shows the exception, once is enough
}

TEST_F(QgisChildRun, CrashOfTheProgramIsAnExceptionThatSaysSo) {
  EXPECT_THAT(error_of_fake(QStringLiteral("crash")), HasSubstr("QGIS is not affected"));
}

TEST_F(QgisChildRun, EndWithoutAResultIsAnException) {
  EXPECT_EQ(error_of_fake(QStringLiteral("silent")),
            "The program orthocover ended with code 7 and no result.");
}

TEST_F(QgisChildRun, AnotherVersionIsRefusedWithTheCure) {
  EXPECT_THAT(error_of_fake(QStringLiteral("other version")),
              testing::MatchesRegex(
                  ".* is version 9.9.9, but this plugin is version .*: install both of one version."));
}

TEST_F(QgisChildRun, AProgramThatCannotStartIsRefusedWithTheCure) {
  ChildRun run(QStringLiteral("/no/such/program"), m_feedback);
  try {
    run.run({QStringLiteral("segment")});
    FAIL();
  } catch (const QgsProcessingException& error) {
    EXPECT_THAT(error.what().toStdString(), HasSubstr("/no/such/program could not be started"));
  }
}

TEST_F(QgisChildRun, ARunThatWasCancelledBeforeDoesNotStart) {
  m_feedback.cancel();
  EXPECT_TRUE(run_fake(QStringLiteral("well")).cancelled);
  EXPECT_TRUE(m_feedback.percents().empty());
}

TEST_F(QgisChildRun, CancelEndsTheProgramAtOnce) {
  m_feedback.cancel_at(50);
  QElapsedTimer timer;
  timer.start();
  EXPECT_TRUE(run_fake(QStringLiteral("endless")).cancelled);
  EXPECT_LT(timer.elapsed(), 4000);
}

TEST_F(QgisChildRun, CancelEndsAProgramThatDoesNotListenAfterAWhile) {
  m_feedback.cancel_at(50);
  EXPECT_TRUE(run_fake(QStringLiteral("stubborn")).cancelled);
}

TEST_F(QgisChildRun, WorksInAThreadWithoutAnEventLoop) {
  QString text;
  std::thread worker([&] { text = run_fake(QStringLiteral("well")).text; });
  worker.join();
  EXPECT_EQ(text, QStringLiteral("two\nlines"));
}

TEST_F(QgisChildRun, GivesTheProgramItsWordsBehindTheFlagOfThePlugin) {
  EXPECT_EQ(error_of_fake(QStringLiteral("arguments")), "out");
  EXPECT_THAT(log(), HasSubstr("segment\n--child\nin"));
}

}  // namespace
}  // namespace orthocover::qgis
