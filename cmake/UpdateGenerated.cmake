# cmake -DPROGRAM=<orthocover> -DSOURCE_DIR=<repository> -P UpdateGenerated.cmake
# Rewrites docs/operations/*.md and schemas/run/v1/*.schema.json from the declarations of the operations.
set(_pages "${SOURCE_DIR}/docs/operations")
set(_schemas "${SOURCE_DIR}/schemas/run/v1")
file(MAKE_DIRECTORY "${_pages}" "${_schemas}")
function(write_output file)
  execute_process(COMMAND "${PROGRAM}" ${ARGN} OUTPUT_FILE "${file}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

write_output("${_pages}/README.md" reference)
file(STRINGS "${_pages}/README.md" _rows REGEX "^\\| \\[")
foreach(_row IN LISTS _rows)
  string(REGEX REPLACE "^\\| \\[([a-z-]+)\\].*" "\\1" _operation "${_row}")
  write_output("${_pages}/${_operation}.md" reference ${_operation})
  write_output("${_schemas}/${_operation}.schema.json" schema ${_operation})
endforeach()
