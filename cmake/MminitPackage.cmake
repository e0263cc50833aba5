# SPDX-License-Identifier: MIT
# `cmake --build --preset release --target package`: Debian packages below build/release/packages.
#
#   libmminitN      the shared library
#   libmminit-dev   headers, archives, pkg-config and CMake files
#   mminit          the commands, manual pages, completion
#
# What depends on the distribution's own tools (dpkg-shlibdeps, strip) is done by CPack.
set(MMINIT_MAINTAINER "The mminit authors <mminit@localhost>" CACHE STRING
    "Who answers for the Debian packages, as \"Name <mail address>\"")
set(runtime_package libmminit${MMINIT_ABI})
set(packages_dir ${PROJECT_BINARY_DIR}/packages)

# Every package has its licence and its changes where Debian wants them.
string(TIMESTAMP PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${PROJECT_SOURCE_DIR}/packaging/copyright.in ${packages_dir}/copyright @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/packaging/changelog.in ${packages_dir}/changelog.Debian @ONLY)
find_program(GZIP gzip)
if(GZIP)
  execute_process(COMMAND ${GZIP} -9nfk changelog.Debian WORKING_DIRECTORY ${packages_dir}
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
function(install_papers component package)
  install(FILES ${packages_dir}/copyright ${packages_dir}/changelog.Debian.gz
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component}
          EXCLUDE_FROM_ALL)
endfunction()
install_papers(runtime ${runtime_package})
install_papers(development libmminit-dev)
install_papers(tool mminit)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR mminit)
set(CPACK_PACKAGE_CONTACT ${MMINIT_MAINTAINER})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_OUTPUT_FILE_PREFIX ${packages_dir})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL runtime development tool)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

set(about "mminit reads what a machine's memory looks like, lays out its nodes, zones
and sections, initialises every struct page in parallel, and hands whole blocks
to a buddy allocator, as Linux does it while it boots.

")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# A trigger is how Debian has ldconfig run; CPack adds the older way, calls in scripts, unasked.
file(WRITE ${packages_dir}/triggers "activate-noawait ldconfig\n")
file(WRITE ${packages_dir}/shlibs
     "libmminit ${MMINIT_ABI} ${runtime_package} (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${packages_dir}/triggers ${packages_dir}/shlibs)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "${about}This package has the shared library.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmminit-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${runtime_package} (= ${PROJECT_VERSION}-1), libhwloc-dev (>= 2.9), libjansson-dev, libfdt-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "${about}This package has headers, archives, pkg-config and CMake files. One archive is
of the checked library, which records every access of a struct page.")

set(CPACK_DEBIAN_TOOL_PACKAGE_NAME mminit)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_TOOL_DESCRIPTION "${about}This package has the command: it measures initialisation, judges it, tunes
chunk sizes, and computes what a kernel makes of a machine from its boot log.")
include(CPack)
