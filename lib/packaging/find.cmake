# SPDX-License-Identifier: ISC
# What the build needs from elsewhere, found with pkg-config.

# Notes something that is missing, for ikelive_stop_if_missing.
function(ikelive_missing what debian_package)
  set_property(GLOBAL APPEND PROPERTY IKELIVE_MISSING "${what} (Debian package ${debian_package})")
  set_property(GLOBAL APPEND PROPERTY IKELIVE_MISSING_PACKAGES ${debian_package})
endfunction()

# ikelive_find(NAME MODULE DEBIAN_PACKAGE [OPTIONAL]): the target PkgConfig::ikelive_NAME for the pkg-config module
# MODULE, which may ask for a version ("libcrypto>=3.0"). The target does not exist when the module is missing; unless
# OPTIONAL, it is then noted as missing. Global, so that a project that adds this one as a subdirectory can link.
function(ikelive_find name module debian_package)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(ikelive_${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  endif()
  if(NOT TARGET PkgConfig::ikelive_${name} AND NOT "OPTIONAL" IN_LIST ARGN)
    ikelive_missing(${module} ${debian_package})
  endif()
  set_property(GLOBAL PROPERTY IKELIVE_MODULE_${name} ${module})
endfunction()

# ikelive_find_library(NAME LIBRARY HEADER): the same target for an optional library that pkg-config may not know.
function(ikelive_find_library name library header)
  find_library(IKELIVE_${name} ${library})
  find_path(IKELIVE_${name}_include ${header})
  mark_as_advanced(IKELIVE_${name} IKELIVE_${name}_include)
  if(IKELIVE_${name} AND IKELIVE_${name}_include)
    add_library(PkgConfig::ikelive_${name} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(PkgConfig::ikelive_${name} INTERFACE ${IKELIVE_${name}})
    target_include_directories(PkgConfig::ikelive_${name} INTERFACE ${IKELIVE_${name}_include})
  endif()
  set_property(GLOBAL PROPERTY IKELIVE_MODULE_${name} -l${library})
endfunction()

# PSA Crypto as Mbed TLS has it: the target PkgConfig::ikelive_mbedcrypto, and its version. Unless OPTIONAL it is noted as
# missing when it is.
macro(ikelive_find_mbedcrypto)
  ikelive_find_library(mbedcrypto mbedcrypto psa/crypto.h)
  if(TARGET PkgConfig::ikelive_mbedcrypto)
    file(STRINGS ${IKELIVE_mbedcrypto_include}/mbedtls/version.h line REGEX "define MBEDTLS_VERSION_STRING ")
    string(REGEX MATCH "[0-9.]+" ikelive_mbedcrypto_VERSION "${line}")
  elseif(NOT "${ARGN}" STREQUAL OPTIONAL)
    ikelive_missing("PSA Crypto of Mbed TLS" libmbedtls-dev)
  endif()
endmacro()

# Ends the configuration when something was missing so far, and names all of it at once.
function(ikelive_stop_if_missing)
  find_package(PkgConfig QUIET)
  if(NOT PkgConfig_FOUND)
    ikelive_missing(pkg-config pkg-config)
  endif()
  get_property(missing GLOBAL PROPERTY IKELIVE_MISSING)
  get_property(packages GLOBAL PROPERTY IKELIVE_MISSING_PACKAGES)
  if(missing)
    list(JOIN missing "\n  " missing)
    list(JOIN packages " " packages)
    message(FATAL_ERROR "Missing, or not found by pkg-config:\n  ${missing}\nOn Debian: apt-get install ${packages}")
  endif()
endfunction()
