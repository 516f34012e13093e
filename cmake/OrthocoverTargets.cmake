# One function per kind of target, so that every floor is built with the same rules and no global flags are set.

# orthocover_settings(<target>): language level, warnings, sanitizers.
function(orthocover_settings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
                                             CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wunused)
  if(ORTHOCOVER_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${ORTHOCOVER_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${ORTHOCOVER_SANITIZE})
  endif()
endfunction()

# orthocover_library(<floor> SOURCES ... [LINK ...] [PRIVATE_LINK ...]): a static floor `orthocover::<floor>`.
function(orthocover_library floor)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  set(target orthocover_${floor})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(orthocover::${floor} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${floor})
  orthocover_settings(${target})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                              $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/orthocover>)
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
  set_property(GLOBAL APPEND PROPERTY ORTHOCOVER_INSTALLED ${target})
endfunction()

# orthocover_tests(<name> SOURCES ... LINK ... [LABELS ...] [WEIGHT n] [PROPERTIES ...]): one GoogleTest program, its
# suites known to ctest as NAME.SUITE with these labels (`unit` where none is given). Suites with the largest number of
# tests times WEIGHT (1) are started first; PROPERTIES are ctest's, for all suites: RUN_SERIAL ON, RESOURCE_LOCK x, ...
function(orthocover_tests name)
  cmake_parse_arguments(arg "" "WEIGHT" "SOURCES;LINK;LABELS;PROPERTIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  orthocover_settings(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_WEIGHT)
    set(arg_WEIGHT 1)
  endif()
  set_target_properties(${name} PROPERTIES ORTHOCOVER_LABELS "${arg_LABELS}" ORTHOCOVER_WEIGHT "${arg_WEIGHT}"
                                           ORTHOCOVER_TEST_PROPERTIES "${arg_PROPERTIES}")
  set_property(GLOBAL APPEND PROPERTY ORTHOCOVER_TEST_PROGRAMS ${name})
endfunction()
