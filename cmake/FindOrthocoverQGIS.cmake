# QGIS and its Qt, for the plugin. QGIS has no package file of its own but brings a find module, which is not on CMake's
# path.
list(APPEND CMAKE_MODULE_PATH /usr/share/qgis "${QGIS_PREFIX_PATH}/share/qgis")
find_package(QGIS QUIET)
find_package(Qt5 QUIET COMPONENTS Core Gui Widgets Xml)
list(REMOVE_ITEM CMAKE_MODULE_PATH /usr/share/qgis "${QGIS_PREFIX_PATH}/share/qgis")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OrthocoverQGIS
  REQUIRED_VARS QGIS_CORE_LIBRARY QGIS_GUI_LIBRARY QGIS_INCLUDE_DIR QGIS_PLUGIN_DIR Qt5_FOUND
  VERSION_VAR QGIS_VERSION)
