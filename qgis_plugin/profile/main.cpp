// qgis_profile enable|disable [--plugin FILE] [--profiles FOLDER]: connects the plugin of this installation
// with the QGIS of the user who runs it, or takes that back. Needed where the plugin isn't in QGIS's own
// plugin folder.
#include <cstdio>
#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>

#include "qgis_plugin/profile/qgis_profile.h"

namespace {

QString default_profiles() {
  return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + "/QGIS/QGIS3/profiles";
}

QString default_plugin() {
  return QDir::cleanPath(QCoreApplication::applicationDirPath() + '/' + ORTHOCOVER_PLUGIN_FROM_HERE);
}

int say(const QString& text, int exit_code) {
  std::fprintf(exit_code == 0 ? stdout : stderr, "%s\n", qPrintable(text));
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace orthocover::qgis;
  QCoreApplication application(argc, argv);
  QCommandLineParser parser;
  parser.setApplicationDescription(
      "Connects orthocover's plugin with your QGIS profiles, or takes that back.");
  parser.addHelpOption();
  parser.addPositionalArgument("enable|disable", "what to do");
  const QCommandLineOption plugin_option("plugin", "the plugin's library", "FILE", default_plugin());
  const QCommandLineOption profiles_option("profiles", "the folder of the QGIS profiles", "FOLDER",
                                           default_profiles());
  parser.addOptions({plugin_option, profiles_option});
  parser.process(application);

  const QStringList words = parser.positionalArguments();
  const bool enable = words == QStringList{"enable"};
  if (!enable && words != QStringList{"disable"}) return say("qgis_profile: say enable or disable", 2);
  const QString plugin = QDir::cleanPath(QDir::current().absoluteFilePath(parser.value(plugin_option)));
  for (const QString& profile : profile_folders(parser.value(profiles_option))) {
    const QString problem = enable ? enable_plugin(profile, plugin) : disable_plugin(profile, plugin);
    if (!problem.isEmpty()) return say("qgis_profile: " + problem, 5);
    say(profile + (enable ? ": orthocover is enabled; QGIS shows it from its next start"
                          : ": orthocover is disabled"),
        0);
  }
  return 0;
}
