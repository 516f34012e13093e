# OpenCV's core, imgproc and imgcodecs as `orthocover::opencv`.
#
# Debian's libopencv-{core,imgproc,imgcodecs}-dev carry no CMake package file (only the much larger libopencv-dev does),
# so the three libraries are looked up by name; elsewhere OpenCV's own package is used.
find_package(OpenCV QUIET COMPONENTS core imgproc imgcodecs)
add_library(orthocover::opencv INTERFACE IMPORTED)
if(OpenCV_FOUND)
  set(_opencv_include ${OpenCV_INCLUDE_DIRS})
  set(_opencv_libraries ${OpenCV_LIBS})
else()
  find_path(_opencv_include opencv2/core.hpp PATH_SUFFIXES opencv4)
  set(_opencv_libraries)
  foreach(_module core imgproc imgcodecs)
    find_library(_opencv_${_module} opencv_${_module})
    list(APPEND _opencv_libraries "${_opencv_${_module}}")
  endforeach()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OrthocoverOpenCV REQUIRED_VARS _opencv_include _opencv_libraries)
target_include_directories(orthocover::opencv SYSTEM INTERFACE ${_opencv_include})
target_link_libraries(orthocover::opencv INTERFACE ${_opencv_libraries})
