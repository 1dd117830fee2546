# `cmake --install`: the library, its headers, the program, the small model, and a package for find_package(easydel).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/easydel)

install(TARGETS easydel EXPORT easydelTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/easydel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
install(EXPORT easydelTargets NAMESPACE easydel:: DESTINATION ${package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/easydelConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/package/easydelConfig.cmake INSTALL_DESTINATION ${package_dir}
                              PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/easydelConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/easydelConfig.cmake
              ${PROJECT_BINARY_DIR}/package/easydelConfigVersion.cmake
        DESTINATION ${package_dir})

if(TARGET easydel_cli)
  install(TARGETS easydel_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/tiny-shakespeare DESTINATION ${CMAKE_INSTALL_DATADIR}/easydel
        PATTERN "*.py" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
