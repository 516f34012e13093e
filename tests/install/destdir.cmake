# cmake -DBUILD=<build tree> -DSOURCE=<repository> -DWORK=<folder> -DPLUGIN=<TRUE: it was built> -P destdir.cmake
# `make install` with DESTDIR, the staging folder of packagers: everything lies below it, the plugin where QGIS looks for it
# whatever PREFIX is; `make uninstall` leaves no file.
function(make)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env --unset=MAKEFLAGS make --no-print-directory -C "${SOURCE}" "BUILD=${BUILD}"
                          "SYSTEM_LIST=${WORK}/installed.txt" "DESTDIR=${WORK}/stage" PREFIX=/opt/maps ${ARGN}
                  OUTPUT_VARIABLE _output ERROR_VARIABLE _output RESULT_VARIABLE _status)
  if(NOT _status EQUAL 0)
    message(FATAL_ERROR "make ${ARGN}: exit code ${_status}\n${_output}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
make(install)
set(_wanted opt/maps/bin/orthocover opt/maps/share/orthocover/models/orthonet-small-landcover/model.json
            opt/maps/include/orthocover/core/vectorize/vectorizer.h)
if(PLUGIN)
  list(APPEND _wanted usr/lib/qgis/plugins/liborthocover_plugin.so)
endif()
foreach(_file IN LISTS _wanted)
  if(NOT EXISTS "${WORK}/stage/${_file}")
    message(FATAL_ERROR "make install: ${_file} is missing")
  endif()
endforeach()
make(uninstall)
file(GLOB_RECURSE _left LIST_DIRECTORIES false "${WORK}/stage/*")
if(_left OR EXISTS "${WORK}/stage/opt/maps/share/orthocover")
  message(FATAL_ERROR "make uninstall left: ${_left}")
endif()
file(REMOVE_RECURSE "${WORK}")
