# SPDX-License-Identifier: ISC
# The target `source_archive`: what is committed as ikelive-VERSION.tar.gz in the build folder. Of one commit it is the
# same, octet for octet, whoever makes it and when. Run as a script, it makes OUT from the checkout SOURCE.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(name ${PROJECT_NAME}-${PROJECT_VERSION})
  add_custom_target(source_archive
                    COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D NAME=${name}
                            -D OUT=${PROJECT_BINARY_DIR}/${name}.tar.gz -P ${CMAKE_CURRENT_LIST_FILE}
                    COMMENT "Packing what is committed" VERBATIM)
  return()
endif()

# No gzip of git's own, no time stamp of gzip's, no local settings of either.
execute_process(COMMAND git -c tar.umask=0022 -C ${SOURCE} archive --format=tar --prefix=${NAME}/ HEAD
                COMMAND gzip -n -9
                OUTPUT_FILE ${OUT} RESULTS_VARIABLE results)
if(NOT results STREQUAL "0;0")
  file(REMOVE ${OUT})
  message(FATAL_ERROR "${SOURCE} is no checkout of git, or git or gzip is not installed")
endif()
file(SHA256 ${OUT} digest)
message(STATUS "${digest}  ${OUT}")
