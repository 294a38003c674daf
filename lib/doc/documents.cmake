# SPDX-License-Identifier: ISC
# The documents. The target `doc` makes the guide and the reference of every public header, as HTML and as man pages,
# with Doxygen; what it has made is installed. The man pages of the programs and of the concepts are written by hand.
include(GNUInstallDirs)
find_program(IKELIVE_GZIP gzip)
find_program(IKELIVE_DOXYGEN doxygen)
find_package(Python3 COMPONENTS Interpreter QUIET)

# ikelive_compress(FILE VARIABLE): a compressed copy of the file where there is gzip, else the file itself.
function(ikelive_compress file variable)
  set(${variable} ${file} PARENT_SCOPE)
  if(IKELIVE_GZIP)
    get_filename_component(name ${file} NAME)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    execute_process(COMMAND ${IKELIVE_GZIP} -9nc ${file} OUTPUT_FILE ${PROJECT_BINARY_DIR}/${name}.gz
                    COMMAND_ERROR_IS_FATAL ANY)
    set(${variable} ${PROJECT_BINARY_DIR}/${name}.gz PARENT_SCOPE)
  endif()
endfunction()

if(TARGET ikeping)
  ikelive_compress(${PROJECT_SOURCE_DIR}/lib/doc/ikeping.1 page)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
endif()
ikelive_compress(${PROJECT_SOURCE_DIR}/lib/doc/ikelive.7 page)
install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 COMPONENT documentation)
install(FILES README COPYING DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)

if(IKELIVE_DOXYGEN AND IKELIVE_GZIP AND Python3_FOUND)
  set(IKELIVE_DOC_OUT ${PROJECT_BINARY_DIR}/doc)
  configure_file(lib/doc/Doxyfile.in doc/Doxyfile @ONLY)
  add_custom_target(doc COMMAND ${PROJECT_SOURCE_DIR}/lib/doc/build.sh ${IKELIVE_DOXYGEN} ${IKELIVE_DOC_OUT}/Doxyfile
                                ${IKELIVE_DOC_OUT}
                    COMMENT "Making the guide and the reference" VERBATIM)
  install(DIRECTORY ${IKELIVE_DOC_OUT}/html DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation OPTIONAL)
  install(DIRECTORY ${IKELIVE_DOC_OUT}/man/man3 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT documentation OPTIONAL)
else()
  add_custom_target(doc COMMAND ${CMAKE_COMMAND} -E echo "doxygen, gzip and python3 make the documents (Debian packages of these names)"
                    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
endif()
