# SPDX-License-Identifier: ISC
# How a library of this project is built, exported and installed.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(IKELIVE_PACKAGING_DIR ${CMAKE_CURRENT_LIST_DIR})
set(IKELIVE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ikelive)

# What must match for a program to run with another build of a library. Below version 1 a minor version may break it.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(IKELIVE_SOVERSION 0.${PROJECT_VERSION_MINOR})
  set(IKELIVE_COMPATIBILITY SameMinorVersion)
else()
  set(IKELIVE_SOVERSION ${PROJECT_VERSION_MAJOR})
  set(IKELIVE_COMPATIBILITY SameMajorVersion)
endif()

# IKL_API in the headers decides what is exported; the linker adds the version to each of these symbols.
function(ikelive_version_symbols name)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.map)
  string(TOUPPER ${name}_${IKELIVE_SOVERSION} node)
  string(REPLACE "-" "_" node ${node})
  file(CONFIGURE OUTPUT ${script} CONTENT "${node} { global: ikl_*; local: *; };\n")
  set_property(TARGET ${name} PROPERTY LINK_DEPENDS ${script})
  if(UNIX AND NOT APPLE)
    target_link_options(${name} PRIVATE LINKER:--version-script=${script})
    if(NOT IKELIVE_SANITIZE) # the sanitizers' runtime is in the program
      target_link_options(${name} PRIVATE LINKER:--no-undefined)
    endif()
  endif()
endfunction()

function(ikelive_install_pkg_config name description libraries modules)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
    set(libdir ${CMAKE_INSTALL_LIBDIR})
  else()
    set(libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  endif()
  if(IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
    set(includedir ${CMAKE_INSTALL_INCLUDEDIR})
  else()
    set(includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  # Relative, so that `cmake --install --prefix` and a moved tree are right too.
  file(RELATIVE_PATH prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" prefix "\${pcfiledir}/${prefix}")
  list(TRANSFORM libraries APPEND " = ${PROJECT_VERSION}")
  list(JOIN libraries ", " requires)
  # What pkg-config does not know is named as the linker names it.
  set(libs_private ${modules})
  list(FILTER libs_private INCLUDE REGEX "^-l")
  list(JOIN libs_private " " libs_private)
  list(FILTER modules EXCLUDE REGEX "^-l")
  list(TRANSFORM modules REPLACE "([<>=]+)" " \\1 ")
  list(JOIN modules ", " requires_private)
  configure_file(${IKELIVE_PACKAGING_DIR}/library.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
endfunction()

# ikelive_library(NAME
#                 DESCRIPTION TEXT
#                 SOURCES FILE...
#                 HEADERS FILE...         public, installed as <ikelive/...>
#                 [LIBRARIES NAME...]     libraries of this project that its header or its code needs
#                 [PACKAGES NAME...])     of ikelive_find, used by its code and not by its header
#
# NAME is ikelive or ikelive-SOMETHING. Makes the targets NAME (shared) and NAME_static, with the aliases that an
# installed package has too: ikelive::ikelive and ikelive::static, or ikelive::SOMETHING and ikelive::SOMETHING_static.
# The shared library exports what the headers declare with IKL_API. Installs both, the headers, NAME.pc, and NAME's part of the CMake package.
function(ikelive_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" DESCRIPTION "SOURCES;HEADERS;LIBRARIES;PACKAGES")
  if(name STREQUAL ikelive)
    set(shared ikelive)
    set(static static)
  else()
    string(REGEX REPLACE "^ikelive-" "" shared ${name})
    set(static ${shared}_static)
  endif()

  add_library(${name} SHARED ${arg_SOURCES})
  add_library(${name}_static STATIC ${arg_SOURCES})
  get_property(shared_here GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS)
  if(NOT shared_here) # both are archives then, as without an operating system
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${name}_in_place_of_shared)
  endif()
  add_library(ikelive::${shared} ALIAS ${name})
  add_library(ikelive::${static} ALIAS ${name}_static)
  foreach(target ${name} ${name}_static)
    target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                         PRIVATE ${PROJECT_SOURCE_DIR}/lib)
    foreach(package ${arg_PACKAGES})
      target_link_libraries(${target} PRIVATE PkgConfig::ikelive_${package})
    endforeach()
    # Tests may cast const away; the libraries do so through uintptr_t only.
    target_compile_options(${target} PRIVATE -Wcast-qual -Wcast-align)
    if(CMAKE_C_COMPILER_ID MATCHES Clang)
      target_compile_options(${target} PRIVATE -Wunreachable-code)
    endif()
    # Hidden also in the archive: a shared library of a host does not export ours by accident.
    set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ${shared_here})
  endforeach()
  target_link_libraries(${name} PUBLIC ${arg_LIBRARIES})
  target_compile_definitions(${name} PRIVATE IKL_BUILDING)
  set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${IKELIVE_SOVERSION}
                                           EXPORT_NAME ${shared})
  ikelive_version_symbols(${name})
  list(TRANSFORM arg_LIBRARIES APPEND _static OUTPUT_VARIABLE static_libraries)
  target_link_libraries(${name}_static PUBLIC ${static_libraries})
  target_compile_definitions(${name}_static PUBLIC IKL_STATIC)
  set_target_properties(${name}_static PROPERTIES OUTPUT_NAME ${name} EXPORT_NAME ${static})

  # for the tests and the bill of materials
  set_target_properties(${name} PROPERTIES IKELIVE_HEADERS "${arg_HEADERS}" IKELIVE_PACKAGES "${arg_PACKAGES}"
                                           IKELIVE_BELOW "${arg_LIBRARIES}")
  set_property(GLOBAL APPEND PROPERTY IKELIVE_LIBRARIES ${name})
  set_property(GLOBAL APPEND PROPERTY IKELIVE_COMPONENTS ${shared} ${static})

  if(IKELIVE_INSTALL)
    set(modules "")
    set(named_modules "")
    foreach(package ${arg_PACKAGES})
      get_property(module GLOBAL PROPERTY IKELIVE_MODULE_${package})
      list(APPEND modules ${module})
      list(APPEND named_modules ${package} ${module})
    endforeach()
    ikelive_install_pkg_config(${name} "${arg_DESCRIPTION}" "${arg_LIBRARIES}" "${modules}")
    install(FILES ${arg_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ikelive COMPONENT development)
    install(TARGETS ${name} EXPORT ikelive-${shared}
            RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT library
            LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
    install(TARGETS ${name}_static EXPORT ikelive-${static}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
    foreach(export ${shared} ${static})
      install(EXPORT ikelive-${export} NAMESPACE ikelive:: DESTINATION ${IKELIVE_PACKAGE_DIR} COMPONENT development)
    endforeach()
    # An archive needs what the archives below it need.
    foreach(library ${arg_LIBRARIES})
      get_target_property(below ${library} IKELIVE_NAMED_MODULES)
      list(APPEND named_modules ${below})
    endforeach()
    set_target_properties(${name} PROPERTIES IKELIVE_NAMED_MODULES "${named_modules}")
    list(JOIN named_modules " " named_modules)
    set_property(GLOBAL APPEND PROPERTY IKELIVE_IMPORTS "ikelive_import(${shared} ${static} ${named_modules})")
  endif()
endfunction()

# Installs the CMake package, once all libraries are declared.
function(ikelive_install_package)
  if(IKELIVE_INSTALL)
    get_property(imports GLOBAL PROPERTY IKELIVE_IMPORTS)
    list(JOIN imports "\n" imports)
    get_property(components GLOBAL PROPERTY IKELIVE_COMPONENTS)
    list(JOIN components " " components)
    configure_package_config_file(${IKELIVE_PACKAGING_DIR}/ikelive-config.cmake.in ikelive-config.cmake
                                  INSTALL_DESTINATION ${IKELIVE_PACKAGE_DIR} NO_SET_AND_CHECK_MACRO)
    write_basic_package_version_file(ikelive-config-version.cmake COMPATIBILITY ${IKELIVE_COMPATIBILITY})
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ikelive-config.cmake
                  ${CMAKE_CURRENT_BINARY_DIR}/ikelive-config-version.cmake DESTINATION ${IKELIVE_PACKAGE_DIR}
            COMPONENT development)
  endif()
endfunction()
