#include "qgis_plugin/profile/qgis_profile.h"

#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

namespace orthocover::qgis {
namespace {

/// A folder with a plugin of no content and one QGIS profile.
class QgisProfile : public testing::Test {
 protected:
  QgisProfile() {
    QDir().mkpath(m_folder.filePath("plugins with space"));
    write(plugin(), "");
  }

  QString plugin() const { return m_folder.filePath("plugins with space/liborthocover_plugin.so"); }
  QString plugin_folder() const { return m_folder.filePath("plugins with space"); }
  QString profiles() const { return m_folder.filePath("profiles"); }
  QString profile() const { return profiles() + "/default"; }
  QString settings_file() const { return profile() + "/QGIS/QGIS3.ini"; }
  QString shim_file() const { return profile() + "/python/plugins/orthocover_process/__init__.py"; }

  void write_settings(const QByteArray& text) const {
    QDir().mkpath(profile() + "/QGIS");
    write(settings_file(), text);
  }

  static void write(const QString& path, const QByteArray& text) {
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(text);
  }

  static std::string text_of(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : "no such file";
  }

 private:
  QTemporaryDir m_folder;
};

TEST_F(QgisProfile, IsMadeWhereThereIsNone) {
  ASSERT_EQ(profile_folders(profiles()), QStringList{profile()});
  ASSERT_EQ(enable_plugin(profile(), plugin()), "");
  EXPECT_EQ(text_of(settings_file()),
            "[Plugins]\nliborthocover_plugin=true\n\n[PythonPlugins]\northocover_process=true\n\n"
            "[plugins]\nsearchPathsForPlugins=" +
                plugin_folder().toStdString() + "\n");
  EXPECT_NE(text_of(shim_file()).find("PLUGIN = \"" + plugin().toStdString() + "\"\n"), std::string::npos);
  EXPECT_EQ(profile_folders(profiles()), QStringList{profile()});
}

TEST_F(QgisProfile, KeepsEverythingElse) {
  const QByteArray before =
      "[General]\nfirst=1\n\n[Plugins]\nlibother=true\n\n[PythonPlugins]\nprocessing=true\n\n"
      "[UI]\nlist=a, b\nname=\"Gr\\xfc n, gelb; rot\"\nstate=@ByteArray(\\0\\0\\0\\xff)\n\n"
      "[plugins]\nsearchPathsForPlugins=/opt/one|/opt/two\n";
  write_settings(before);
  ASSERT_EQ(enable_plugin(profile(), plugin()), "");
  const std::string with = text_of(settings_file());
  for (const char* line : {"\nlibother=true\n", "\nprocessing=true\n", "\nstate=@ByteArray(\\0\\0\\0\\xff)\n",
                           "\nname=\"Gr\\xfc n, gelb; rot\"\n", "\nlist=a, b\n", "first=1\n"}) {
    EXPECT_NE(with.find(line), std::string::npos) << line << with;
  }
  EXPECT_NE(with.find("/opt/one|/opt/two|" + plugin_folder().toStdString() + "\n"), std::string::npos)
      << with;
  ASSERT_EQ(disable_plugin(profile(), plugin()), "");
  EXPECT_EQ(text_of(settings_file()), before.toStdString());
  EXPECT_FALSE(QFile::exists(shim_file()));
}

TEST_F(QgisProfile, IsTheSameWhenEnabledTwice) {
  ASSERT_EQ(enable_plugin(profile(), plugin()), "");
  const std::string once = text_of(settings_file());
  ASSERT_EQ(enable_plugin(profile(), plugin()), "");
  EXPECT_EQ(text_of(settings_file()), once);
}

TEST_F(QgisProfile, ReadsSearchPathsThatWereSavedAsAList) {
  write_settings("[plugins]\nsearchPathsForPlugins=/opt/one, /opt/two\n");
  ASSERT_EQ(enable_plugin(profile(), plugin()), "");
  EXPECT_NE(text_of(settings_file()).find("/opt/one|/opt/two|"), std::string::npos)
      << text_of(settings_file());
}

TEST_F(QgisProfile, OfEveryNameIsFound) {
  for (const char* name : {"default", "survey"}) QDir().mkpath(profiles() + '/' + name);
  EXPECT_EQ(profile_folders(profiles()), (QStringList{profiles() + "/default", profiles() + "/survey"}));
}

TEST_F(QgisProfile, WithoutOrthocoverIsLeftAloneWhenDisabled) {
  const QByteArray before = "[plugins]\nsearchPathsForPlugins=/opt/one\n";
  write_settings(before);
  ASSERT_EQ(disable_plugin(profile(), plugin()), "");
  EXPECT_EQ(text_of(settings_file()), before.toStdString());
}

TEST_F(QgisProfile, RefusesAPluginThatIsNotThere) {
  EXPECT_EQ(enable_plugin(profile(), "/nowhere/liborthocover_plugin.so"),
            "/nowhere/liborthocover_plugin.so: no such file; build and install the QGIS plugin first");
  EXPECT_FALSE(QFile::exists(settings_file()));
}

TEST_F(QgisProfile, ThatCannotBeWrittenIsNamed) {
  write(profiles(), "a file where a folder should be");
  EXPECT_EQ(enable_plugin(profile(), plugin()),
            profile() + "/python/plugins/orthocover_process: can't be made; check the permissions");
}

}  // namespace
}  // namespace orthocover::qgis
