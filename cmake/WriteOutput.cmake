# cmake -DCOMMAND=<program;arguments> -DOUTPUT=<file> -P WriteOutput.cmake: what the program prints, as a file.
execute_process(COMMAND ${COMMAND} OUTPUT_FILE "${OUTPUT}.part" RESULT_VARIABLE _status)
if(NOT _status EQUAL 0)
  message(FATAL_ERROR "${COMMAND} failed: ${_status}")
endif()
file(RENAME "${OUTPUT}.part" "${OUTPUT}")
