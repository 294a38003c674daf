# SPDX-License-Identifier: ISC
# The bill of materials, ikelive.spdx.json (SPDX 2.3): the libraries that are built, their version and license, and what
# they need from elsewhere, in the versions found here. With SOURCE_DATE_EPOCH in the environment it is the same each time.
include(GNUInstallDirs)

set(license_of_libsodium ISC)
set(license_of_libcrypto Apache-2.0)
set(license_of_mbedcrypto "Apache-2.0 OR GPL-2.0-or-later")
set(supplier_of_libsodium "Organization: libsodium")
set(supplier_of_libcrypto "Organization: OpenSSL")
set(supplier_of_mbedcrypto "Organization: Mbed TLS")

set(spdx_packages "")
set(spdx_relationships "")

# spdx_package(NAME VERSION LICENSE SUPPLIER): one package of the list.
macro(spdx_package name version license supplier)
  list(APPEND spdx_packages "    {\"SPDXID\": \"SPDXRef-${name}\", \"name\": \"${name}\", \"versionInfo\": \"${version}\",
     \"licenseConcluded\": \"${license}\", \"licenseDeclared\": \"${license}\", \"copyrightText\": \"NOASSERTION\",
     \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"supplier\": \"${supplier}\"}")
endmacro()

macro(spdx_relationship from type to)
  list(APPEND spdx_relationships "    {\"spdxElementId\": \"SPDXRef-${from}\", \"relationshipType\": \"${type}\", \
\"relatedSpdxElement\": \"SPDXRef-${to}\"}")
endmacro()

set(known "")
get_property(libraries GLOBAL PROPERTY IKELIVE_LIBRARIES)
foreach(library ${libraries})
  spdx_package(${library} ${PROJECT_VERSION} ISC "Organization: the ikelive authors")
  spdx_relationship(DOCUMENT DESCRIBES ${library})
  get_target_property(packages ${library} IKELIVE_PACKAGES)
  foreach(package ${packages})
    get_property(module GLOBAL PROPERTY IKELIVE_MODULE_${package})
    string(REGEX REPLACE "^-l|[<>=].*" "" module ${module})
    if(NOT module IN_LIST known)
      list(APPEND known ${module})
      if(NOT DEFINED license_of_${module})
        message(FATAL_ERROR "${CMAKE_CURRENT_LIST_FILE} does not say the license of ${module}")
      endif()
      spdx_package(${module} ${ikelive_${package}_VERSION} ${license_of_${module}} "${supplier_of_${module}}")
    endif()
    spdx_relationship(${library} DEPENDS_ON ${module})
  endforeach()
  get_target_property(below ${library} IKELIVE_BELOW)
  foreach(needed ${below})
    spdx_relationship(${library} DEPENDS_ON ${needed})
  endforeach()
endforeach()
list(JOIN spdx_packages ",\n" spdx_packages)
list(JOIN spdx_relationships ",\n" spdx_relationships)
string(TIMESTAMP created UTC)

file(CONFIGURE OUTPUT ikelive.spdx.json @ONLY CONTENT [[{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "ikelive-@PROJECT_VERSION@",
  "documentNamespace": "https://spdx.org/spdxdocs/ikelive-@PROJECT_VERSION@",
  "creationInfo": {"created": "@created@", "creators": ["Tool: CMake-@CMAKE_VERSION@"]},
  "packages": [
@spdx_packages@
  ],
  "relationships": [
@spdx_relationships@
  ]
}
]])
install(FILES ${PROJECT_BINARY_DIR}/ikelive.spdx.json DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
