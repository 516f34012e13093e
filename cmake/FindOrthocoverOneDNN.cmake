# oneDNN as `orthocover::onednn`, where it is the one that LibTorch itself uses as a shared library (Debian's packages).
#
# A LibTorch with a oneDNN of its own inside (those of pytorch.org) can't live with a second one in a process, and has no
# headers for its own: networks run through LibTorch's operations then.
if(TARGET orthocover::onednn)
  set(OrthocoverOneDNN_FOUND TRUE)
  return()
endif()
# Threads: those of OpenMP, which oneDNN and LibTorch use too.
find_package(OpenMP QUIET COMPONENTS CXX)
find_path(OrthocoverOneDNN_INCLUDE_DIR dnnl.hpp)
find_library(OrthocoverOneDNN_LIBRARY dnnl)
mark_as_advanced(OrthocoverOneDNN_INCLUDE_DIR OrthocoverOneDNN_LIBRARY)
set(_onednn_is_torchs FALSE)
if(OrthocoverOneDNN_LIBRARY AND TARGET torch_cpu AND CMAKE_READELF)
  get_target_property(_torch_cpu torch_cpu LOCATION)
  file(REAL_PATH "${OrthocoverOneDNN_LIBRARY}" _onednn)
  execute_process(COMMAND "${CMAKE_READELF}" -d "${_torch_cpu}" OUTPUT_VARIABLE _needed ERROR_QUIET)
  execute_process(COMMAND "${CMAKE_READELF}" -d "${_onednn}" OUTPUT_VARIABLE _own ERROR_QUIET)
  string(REGEX MATCH "SONAME[^[]*\\[([^]]+)\\]" _soname "${_own}")
  if(CMAKE_MATCH_1)
    string(FIND "${_needed}" "[${CMAKE_MATCH_1}]" _at)
    if(_at GREATER -1)
      set(_onednn_is_torchs TRUE)
    endif()
  endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OrthocoverOneDNN
  REQUIRED_VARS OrthocoverOneDNN_LIBRARY OrthocoverOneDNN_INCLUDE_DIR _onednn_is_torchs OpenMP_CXX_FOUND
  REASON_FAILURE_MESSAGE "networks run through LibTorch's operations on the CPU (package: libdnnl-dev)")
if(OrthocoverOneDNN_FOUND)
  add_library(orthocover::onednn INTERFACE IMPORTED)
  target_include_directories(orthocover::onednn SYSTEM INTERFACE "${OrthocoverOneDNN_INCLUDE_DIR}")
  target_link_libraries(orthocover::onednn INTERFACE "${OrthocoverOneDNN_LIBRARY}" $<LINK_ONLY:OpenMP::OpenMP_CXX>)
endif()
