# `make package`: Debian packages orthocover, orthocover-qgis and liborthocover-dev, and one archive of everything.
# The Debian packages go below /usr whatever prefix the build tree has: nothing that is installed knows its own place.
set(ORTHOCOVER_MAINTAINER "orthocover developers <orthocover@packages.invalid>" CACHE STRING
    "Who packages: name and address, for the Debian packages")

set(CPACK_PACKAGE_NAME orthocover)
set(CPACK_PACKAGE_CONTACT "${ORTHOCOVER_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)

# Only what this build tree has.
set(CPACK_COMPONENTS_ALL development)
if(NOT ORTHOCOVER_NN_ONLY)
  list(PREPEND CPACK_COMPONENTS_ALL program)
endif()
if(TARGET orthocover_plugin)
  list(APPEND CPACK_COMPONENTS_ALL qgis)
endif()

# The archive: one, with everything.
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)

# What all Debian packages share.
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# The program. Debian's LibTorch is many times slower on the reference BLAS.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME orthocover)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS libopenblas0-pthread)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "orthocover-qgis, bash-completion")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "land-cover maps from drone orthophotos
orthocover reads a georeferenced orthophoto of any size by windows, looks at
it at several zoom levels at once and writes a styled GeoTIFF on the scene's
own grid, and polygons where wanted. It also trains and evaluates models.

This package has the program with a small land-cover model.")

# The plugin: its library is bound to one version of QGIS.
set(CPACK_DEBIAN_QGIS_PACKAGE_NAME orthocover-qgis)
set(CPACK_DEBIAN_QGIS_PACKAGE_SECTION science)
string(REGEX MATCH "^[0-9]+\\.[0-9]+\\.[0-9]+" _qgis "${QGIS_VERSION}")
if(_qgis)
  string(REGEX REPLACE "^.*\\." "" _qgis_patch ${_qgis})
  math(EXPR _qgis_patch "${_qgis_patch} + 1")
  string(REGEX REPLACE "[0-9]+$" "${_qgis_patch}" _qgis_next ${_qgis})
  set(CPACK_DEBIAN_QGIS_PACKAGE_DEPENDS
      "orthocover (= ${PROJECT_VERSION}), qgis (>= ${_qgis}), qgis (<< ${_qgis_next}~)")
endif()
set(CPACK_DEBIAN_QGIS_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
set(CPACK_COMPONENT_QGIS_DESCRIPTION "land-cover maps from drone orthophotos, plugin for QGIS
orthocover's operations as algorithms of QGIS's Processing toolbox, its batch
mode, its model designer and qgis_process. They run in a process of their
own.")

# The floors for other programs. Those of geometry and polygons need the first two packages only.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME liborthocover-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libfmt-dev, nlohmann-json3-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS
    "libtorch-dev, libgdal-dev, libproj-dev, libtiff-dev, libdnnl-dev, libopencv-core-dev, libopencv-imgproc-dev, libopencv-imgcodecs-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "land-cover maps from drone orthophotos, development files
orthocover's libraries for other C++ programs: static libraries, headers and
a CMake package.")

# What Debian wants in a package and other installations do without.
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/debian/FinishTree.cmake")
include(CPack)
