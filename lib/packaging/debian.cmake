# SPDX-License-Identifier: ISC
# Debian packages, made by `cpack -G DEB` in the build folder: the shared libraries, what it takes to build with them,
# the programs, and the documents. lib/doc/changes is the change log of all of them. Configured with
# -DCMAKE_INSTALL_PREFIX=/usr the libraries are in Debian's own folder for their processor.
include(GNUInstallDirs)
set(IKELIVE_MAINTAINER "The ikelive authors <ikelive@example.org>" CACHE STRING "Who packs it: NAME <ADDRESS>")
get_target_property(interface ikelive SOVERSION)
set(library_package libikelive${interface})
set(development_package libikelive-dev)
set(tools_package ikelive-tools)
set(documentation_package ikelive-doc)
set(release 1) # of the packages, of one version of the source

set(library_folders "")
get_property(libraries GLOBAL PROPERTY IKELIVE_LIBRARIES)
foreach(library ${libraries})
  get_target_property(folder ${library} BINARY_DIR)
  list(APPEND library_folders ${folder})
endforeach()

set(CPACK_PACKAGE_NAME ikelive)
set(CPACK_PACKAGE_CONTACT ${IKELIVE_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL library development documentation)
if(TARGET ikeping)
  list(APPEND CPACK_COMPONENTS_ALL tools)
endif()
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "IKEv2 liveness and retransmission
Retransmits requests of IKEv2, answers retransmitted ones, checks that silent
peers are alive, and takes an IKE SA with its Child SAs down when the peer no
longer answers. Opens no socket, reads no clock and starts no thread.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME ${development_package})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# An archive needs what the shared library was linked with.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library_package} (= ${PROJECT_VERSION}-${release})")
if(IKELIVE_SODIUM)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libsodium-dev")
endif()
if(TARGET ikelive-openssl)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libssl-dev")
endif()
if(TARGET ikelive-psa)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libmbedtls-dev")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS ${documentation_package})
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "IKEv2 liveness and retransmission, to build with
The headers, the archives, and what pkg-config and CMake need to find them, of
a library that keeps IKE SAs alive and takes down those whose peer is dead.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME ${tools_package})
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION "IKEv2 liveness and retransmission, programs
Has ikeping, which establishes an IKE SA with a gateway and watches whether it
is alive, as ping does for hosts.")

set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_NAME ${documentation_package})
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOCUMENTATION_DESCRIPTION "IKEv2 liveness and retransmission, documents
Tells how to build a host around a library that keeps IKE SAs alive and takes
down those whose peer is dead.")

# Which package a program needs that was linked with one of the libraries.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${library_folders})
# Beside the scripts that CPack adds, as Debian wants it: the linker's cache is made anew.
file(CONFIGURE OUTPUT debian/triggers CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/debian/triggers)

# In each package its license and its change log, as Debian wants them.
configure_file(lib/doc/changes debian/changelog.Debian @ONLY)
ikelive_compress(${PROJECT_BINARY_DIR}/debian/changelog.Debian change_log)
foreach(component ${CPACK_COMPONENTS_ALL})
  set(folder ${CMAKE_INSTALL_DATADIR}/doc/${${component}_package})
  install(FILES COPYING DESTINATION ${folder} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES ${change_log} DESTINATION ${folder} COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

include(CPack)
