# SPDX-License-Identifier: MIT
# What `cmake --install` puts where, in three components, which are also the Debian packages:
#
#   runtime      libmminit.so.N
#   development  headers, archives, libmminit.so, pkg-config and CMake files
#   tool         the commands, manual pages, completion
#
# The checked flavour is installed as an archive only: it is for tests of programs that bring an
# algorithm or a platform of their own, never for what they ship.
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mminit)
set(pkg_config_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The names under which a project finds them: mminit::mminit is the shared one.
set_target_properties(mminit_shared PROPERTIES EXPORT_NAME mminit)
set_target_properties(mminit PROPERTIES EXPORT_NAME mminit_static)
install(TARGETS mminit_shared EXPORT mminit
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
        NAMELINK_COMPONENT development)
install(TARGETS mminit mminit_checked EXPORT mminit
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT mminit NAMESPACE mminit:: FILE mminit-targets.cmake DESTINATION ${config_dir}
        COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mminit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT development)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/mminit-config.cmake.in
                              ${PROJECT_BINARY_DIR}/mminit-config.cmake
                              INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mminit-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mminit-config.cmake
        ${PROJECT_BINARY_DIR}/mminit-config-version.cmake DESTINATION ${config_dir}
        COMPONENT development)

# The way from the .pc file up to the prefix, so that an installed tree can be moved.
file(RELATIVE_PATH PC_PREFIX /${pkg_config_dir} /)
string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
list(TRANSFORM MMINIT_OPENMP_RUNTIME PREPEND "-l" OUTPUT_VARIABLE runtime_flags)
list(JOIN HWLOC_LDFLAGS " " PC_NEEDED)
foreach(flag IN LISTS JANSSON_LDFLAGS runtime_flags)
  string(APPEND PC_NEEDED " ${flag}")
endforeach()
string(APPEND PC_NEEDED " -lfdt -lpthread -lm")
foreach(library mminit mminit_checked)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${library}.pc.in ${PROJECT_BINARY_DIR}/${library}.pc
                 @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${library}.pc DESTINATION ${pkg_config_dir}
          COMPONENT development)
endforeach()
