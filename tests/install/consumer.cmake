# cmake -DBUILD=<build tree> -DSOURCE=<repository> -DWORK=<folder> -DCOMPILER=<c++> -P consumer.cmake
# Installs the program and the development files into a folder, moves that, and builds and runs examples/consumer with it.
function(run)
  cmake_parse_arguments(arg "" "OUTPUT" "COMMAND" ${ARGN})
  execute_process(COMMAND ${arg_COMMAND} RESULT_VARIABLE _status OUTPUT_VARIABLE _output ERROR_VARIABLE _output)
  if(NOT _status EQUAL 0)
    list(JOIN arg_COMMAND " " _line)
    message(FATAL_ERROR "${_line}: exit code ${_status}\n${_output}")
  endif()
  if(arg_OUTPUT)
    set(${arg_OUTPUT} "${_output}" PARENT_SCOPE)
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
foreach(_component IN ITEMS program development)
  run(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/first" --component ${_component})
endforeach()
file(RENAME "${WORK}/first" "${WORK}/moved")

run(COMMAND "${WORK}/moved/bin/orthocover" info orthonet-small-landcover OUTPUT _facts)
if(NOT _facts MATCHES "moved/share/orthocover/models/orthonet-small-landcover")
  message(FATAL_ERROR "the installed program does not find its model: ${_facts}")
endif()

run(COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}/examples/consumer" -B "${WORK}/build" "-DCMAKE_CXX_COMPILER=${COMPILER}"
            "-DCMAKE_PREFIX_PATH=${WORK}/moved" -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON -DCMAKE_DISABLE_FIND_PACKAGE_GDAL=ON)
run(COMMAND "${CMAKE_COMMAND}" --build "${WORK}/build")
run(COMMAND "${WORK}/build/consumer" OUTPUT _polygons)
if(NOT _polygons STREQUAL "6 polygons\n")
  message(FATAL_ERROR "expected 6 polygons, got: ${_polygons}")
endif()

# configure(<name> <arguments of find_package>...): a project that looks for orthocover and wants orthocover::inference.
function(configure name)
  file(WRITE "${WORK}/${name}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)
project(${name} LANGUAGES CXX)
find_package(orthocover REQUIRED ${ARGN})
file(WRITE main.cpp \"int main() {}\")
add_executable(${name} main.cpp)
target_link_libraries(${name} orthocover::inference orthocover::georef)
")
  execute_process(COMMAND "${CMAKE_COMMAND}" -S "${WORK}/${name}" -B "${WORK}/${name}/build"
                          "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_PREFIX_PATH=${WORK}/moved"
                  RESULT_VARIABLE _status OUTPUT_QUIET ERROR_VARIABLE _errors)
  set(_status ${_status} PARENT_SCOPE)
  set(_errors "${_errors}" PARENT_SCOPE)
endfunction()

configure(everything)
if(NOT _status EQUAL 0)
  message(FATAL_ERROR "find_package(orthocover) does not bring all that its floors need: ${_errors}")
endif()
configure(unknown COMPONENTS teleport)
if(_status EQUAL 0 OR NOT _errors MATCHES "no component teleport")
  message(FATAL_ERROR "an unknown component is not refused: ${_errors}")
endif()
file(REMOVE_RECURSE "${WORK}")
