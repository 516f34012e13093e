# cmake -DBUILD=<build tree> -DSOURCE=<repository> -DWORK=<folder> -DQGIS_PROCESS=<qgis_process.bin> -P user_install.cmake
# `make install-user` for a user with an empty home: qgis_process lists the provider and runs an algorithm; after `make
# uninstall-user` no file of ours is left and qgis_process works.
function(run)
  cmake_parse_arguments(arg "" "OUTPUT" "COMMAND" ${ARGN})
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "HOME=${WORK}/home" "XDG_DATA_HOME=${WORK}/home/.local/share"
                          "XDG_RUNTIME_DIR=${WORK}/home" QT_QPA_PLATFORM=offscreen ${arg_COMMAND}
                  TIMEOUT 300 RESULT_VARIABLE _status OUTPUT_VARIABLE _output ERROR_VARIABLE _errors)
  if(NOT _status EQUAL 0)
    list(JOIN arg_COMMAND " " _line)
    message(FATAL_ERROR "${_line}: exit code ${_status}\n${_output}\n${_errors}")
  endif()
  set(${arg_OUTPUT} "${_output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/home")
file(CHMOD "${WORK}/home" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(_make make --no-print-directory -C "${SOURCE}" "BUILD=${BUILD}" "USER_LIST=${WORK}/installed.txt"
          "USER_PREFIX=${WORK}/home/.local")
run(COMMAND ${_make} install-user OUTPUT _said)
run(COMMAND "${QGIS_PROCESS}" list OUTPUT _list)
if(NOT _list MATCHES "orthocover:vectorize")
  message(FATAL_ERROR "qgis_process does not list orthocover:\n${_said}\n${_list}")
endif()
file(COPY_FILE "${SOURCE}/examples/banepa.tif" "${WORK}/scene.tif")
run(COMMAND "${QGIS_PROCESS}" run orthocover:segment -- "INPUT=${WORK}/scene.tif" "OUTPUT=${WORK}/map.tif" LEVELS=4
    OUTPUT _run)
if(NOT EXISTS "${WORK}/map.tif")
  message(FATAL_ERROR "qgis_process made no map:\n${_run}")
endif()

run(COMMAND ${_make} uninstall-user OUTPUT _said)
file(GLOB_RECURSE _left LIST_DIRECTORIES false "${WORK}/home/*orthocover*")
file(READ "${WORK}/home/.local/share/QGIS/QGIS3/profiles/default/QGIS/QGIS3.ini" _settings)
if(_left OR _settings MATCHES "orthocover|searchPathsForPlugins")
  message(FATAL_ERROR "left behind: ${_left}\n${_settings}")
endif()
run(COMMAND "${QGIS_PROCESS}" list OUTPUT _list)
if(_list MATCHES "orthocover" OR NOT _list MATCHES "native:buffer")
  message(FATAL_ERROR "qgis_process after uninstalling:\n${_list}")
endif()
file(REMOVE_RECURSE "${WORK}")
