#include <gtest/gtest.h>
#include <qgsapplication.h>
#include <qgssettings.h>

#include <cstdlib>
#include <QDir>
#include <QTemporaryDir>

#include "qgis_plugin/registration.h"

/// QGIS without a window, with a profile of its own, and the provider in it.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  const QTemporaryDir profile;
  setenv("QT_QPA_PLATFORM", "offscreen", 1);
  setenv("HOME", profile.path().toLocal8Bit().constData(), 1);
  setenv("XDG_RUNTIME_DIR", profile.path().toLocal8Bit().constData(), 1);
  const QgsApplication application(argc, argv, false, profile.path(), QStringLiteral("orthocover_tests"));
  QgsApplication::init(profile.path());
  QgsApplication::setPrefixPath(QDir::cleanPath(QStringLiteral(ORTHOCOVER_SYSTEM_PLUGINS "/../../..")), true);
  QgsApplication::initQgis();
  QgsSettings().setValue(QStringLiteral("orthocover/program"), QStringLiteral(ORTHOCOVER_PROGRAM));
  orthocover::qgis::register_provider();
  const int status = RUN_ALL_TESTS();
  QgsApplication::exitQgis();
  return status;
}
