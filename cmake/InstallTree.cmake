# cmake -DBUILD=<build tree> -DPREFIX=<folder> -DCOMPONENTS="a;b" -DLIST=<file> -P InstallTree.cmake
# Installs components below the prefix (and DESTDIR of the environment) and adds what was installed to the list, which
# Uninstall.cmake reads.
set(_files "")
if(EXISTS "${LIST}")
  file(STRINGS "${LIST}" _files)
endif()
foreach(_component IN LISTS COMPONENTS)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" --component ${_component}
                  COMMAND_ERROR_IS_FATAL ANY)
  file(STRINGS "${BUILD}/install_manifest_${_component}.txt" _installed)
  list(TRANSFORM _installed PREPEND "$ENV{DESTDIR}")
  list(APPEND _files ${_installed})
endforeach()
list(REMOVE_DUPLICATES _files)
list(JOIN _files "\n" _files)
file(WRITE "${LIST}" "${_files}\n")
