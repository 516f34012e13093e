# Read by ctest when it starts: tells it the suites of a GoogleTest program, one entry for each. A program with LibTorch
# takes up to a second to start, so an entry per test would spend most of its time on that; a failed test is still named
# in the output and by TestTotals.cmake. Tests that need a GPU (`_CUDA`) are entries of their own, to be seen as skipped.

# The text of --gtest_list_tests, kept until the program changes.
function(orthocover_list_tests program cache variable)
  if(NOT EXISTS "${cache}" OR "${program}" IS_NEWER_THAN "${cache}")
    execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_FILE "${cache}.part" RESULT_VARIABLE _status
                    ERROR_VARIABLE _errors TIMEOUT 120)
    if(NOT _status EQUAL 0)
      message(FATAL_ERROR "${program} does not list its tests (${_status}): ${_errors}")
    endif()
    file(RENAME "${cache}.part" "${cache}")
  endif()
  file(STRINGS "${cache}" _lines)
  set(${variable} "${_lines}" PARENT_SCOPE)
endfunction()

# orthocover_add_suites(NAME <name> PROGRAM <file> FOLDER <for results> WEIGHT <cost of a test> LABELS ...
#                      PROPERTIES <name value>...
#                      CUDA <library to preload that simulates a device>)
function(orthocover_add_suites)
  cmake_parse_arguments(arg "" "NAME;PROGRAM;FOLDER;WEIGHT;CUDA" "LABELS;PROPERTIES" ${ARGN})
  if(NOT EXISTS "${arg_PROGRAM}")
    add_test(${arg_NAME}_NOT_BUILT ${arg_NAME}_NOT_BUILT)
    return()
  endif()
  file(MAKE_DIRECTORY "${arg_FOLDER}")
  orthocover_list_tests("${arg_PROGRAM}" "${arg_FOLDER}/${arg_NAME}.list" _lines)
  set(_suite "")
  list(APPEND _lines "end.")
  foreach(_line IN LISTS _lines)
    if(_line MATCHES "^  ([^ ]+)")
      set(_test "${CMAKE_MATCH_1}")
      if(_test MATCHES "_CUDA")
        orthocover_add_entry("${_suite}.${_test}" "${_suite}.${_test}" ${arg_WEIGHT})
        set_tests_properties("${arg_NAME}.${_suite}.${_test}" PROPERTIES SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
        if(arg_CUDA)
          set_tests_properties("${arg_NAME}.${_suite}.${_test}" PROPERTIES
                               ENVIRONMENT "OMP_WAIT_POLICY=PASSIVE;ORTHOCOVER_SIMULATED_CUDA=1;LD_PRELOAD=${arg_CUDA}")
        endif()
      else()
        math(EXPR _count "${_count} + ${arg_WEIGHT}")
      endif()
    elseif(_line MATCHES "^([^ ]+)\\.( |$)")
      set(_next "${CMAKE_MATCH_1}")
      if(_suite AND _count GREATER 0)
        orthocover_add_entry("${_suite}" "${_suite}.*-*_CUDA*" ${_count})
      endif()
      set(_suite "${_next}")
      set(_count 0)
    endif()
  endforeach()
endfunction()

# One entry NAME.<entry>; its results, test by test, go to FOLDER.
macro(orthocover_add_entry entry filter cost)
  string(MAKE_C_IDENTIFIER "${entry}" _file)
  add_test("${arg_NAME}.${entry}" "${arg_PROGRAM}" "--gtest_filter=${filter}"
           "--gtest_output=json:${arg_FOLDER}/${arg_NAME}.${_file}.json")
  set_tests_properties("${arg_NAME}.${entry}" PROPERTIES COST ${cost} LABELS "${arg_LABELS}" ${arg_PROPERTIES})
endmacro()
