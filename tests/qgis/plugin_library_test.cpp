#include <gtest/gtest.h>

#include <QFile>
#include <QLibrary>
#include <QString>

namespace orthocover::qgis {
namespace {

/// The library that QGIS loads, opened as QGIS opens it.
class QgisPluginLibrary : public testing::Test {
 protected:
  template <class Function>
  Function entry(const char* name) {
    return reinterpret_cast<Function>(m_library.resolve(name));
  }

  QLibrary m_library{QStringLiteral(ORTHOCOVER_PLUGIN)};
};

TEST_F(QgisPluginLibrary, NamesItselfToThePluginManager) {
  using Text = const QString* (*)();
  for (const char* name : {"name", "description", "category", "version", "icon", "experimental"}) {
    const auto text = entry<Text>(name);
    ASSERT_NE(text, nullptr) << name;
    EXPECT_FALSE(text()->isEmpty()) << name;
  }
  EXPECT_EQ(*entry<Text>("name")(), QStringLiteral("orthocover"));
  for (const char* name : {"classFactory", "unload", "type"})
    EXPECT_NE(entry<QFunctionPointer>(name), nullptr) << name;
}

TEST_F(QgisPluginLibrary, IsNoDataProviderAndLeavesUnknownHostsAlone) {
  const auto factory = entry<void* (*)()>("providerMetadataFactory");
  ASSERT_NE(factory, nullptr);
  EXPECT_EQ(factory(), nullptr);
}

TEST_F(QgisPluginLibrary, ScriptsRegisterAndUnregisterOnce) {
  const auto add = entry<int (*)()>("orthocover_register");
  const auto remove = entry<int (*)()>("orthocover_unregister");
  ASSERT_NE(add, nullptr);
  ASSERT_NE(remove, nullptr);
  EXPECT_EQ(add(), 0);  // the test program has it already
  EXPECT_EQ(remove(), 1);
  EXPECT_EQ(remove(), 0);
  EXPECT_EQ(add(), 1);
}

TEST_F(QgisPluginLibrary, NeedsNeitherTheEngineNorTheLibraryOfWindows) {
  QFile file(QStringLiteral(ORTHOCOVER_PLUGIN));
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QByteArray content = file.readAll();
  EXPECT_TRUE(content.contains("libqgis_core.so"));
  for (const char* library : {"libtorch", "libc10", "libgdal.so", "libopencv", "libtbb", "libqgis_gui.so"})
    EXPECT_FALSE(content.contains(library)) << library;
}

}  // namespace
}  // namespace orthocover::qgis
