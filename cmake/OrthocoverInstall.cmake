# What an installation consists of. All places are relative to each other, so that the tree can be moved.
# Components: program, qgis (the plugin; by qgis_plugin/), development.
include(CMakePackageConfigHelpers)
include(OrthocoverDependencies)

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/orthocover")

if(NOT ORTHOCOVER_NN_ONLY)
  # The program and its engines: modules that only the program loads, hence a folder of their own.
  install(TARGETS orthocover RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
  if(TARGET orthocover_engine)
    install(TARGETS orthocover_engine orthocover_map_engine
            LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/orthocover" COMPONENT program)
  endif()
  install(DIRECTORY models DESTINATION "${CMAKE_INSTALL_DATADIR}/orthocover" COMPONENT program)
  install(DIRECTORY schemas DESTINATION "${CMAKE_INSTALL_DATADIR}/orthocover" COMPONENT program)
  install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
  install(FILES CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
  install(FILES cmake/debian/copyright DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
  install(FILES "${PROJECT_BINARY_DIR}/share/bash-completion/completions/orthocover"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT program)
  install(FILES "${PROJECT_BINARY_DIR}/share/zsh/vendor-completions/_orthocover"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" COMPONENT program)
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/man/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT program
          FILES_MATCHING PATTERN "orthocover*.1")
endif()

# The floors, for other programs: find_package(orthocover), target_link_libraries(... orthocover::inference).
get_property(_floors GLOBAL PROPERTY ORTHOCOVER_INSTALLED)
install(TARGETS ${_floors} EXPORT orthocover_targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
foreach(_folder core georef)
  install(DIRECTORY ${_folder} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/orthocover" COMPONENT development
          FILES_MATCHING PATTERN "*.h")
endforeach()
install(EXPORT orthocover_targets NAMESPACE orthocover:: DESTINATION "${_package_dir}" COMPONENT development)
orthocover_dependency_table(ORTHOCOVER_DEPENDENCY_TABLE ${_floors})
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/orthocover-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/orthocover-config.cmake"
                              INSTALL_DESTINATION "${_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/orthocover-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/orthocover-config.cmake" "${PROJECT_BINARY_DIR}/orthocover-config-version.cmake"
              cmake/FindOrthocoverOpenCV.cmake cmake/FindOrthocoverOneDNN.cmake
        DESTINATION "${_package_dir}" COMPONENT development)

if(PROJECT_IS_TOP_LEVEL)
  include(OrthocoverPackage)
endif()
