# SPDX-License-Identifier: ISC
# The target `watch_pair`: schedules, watches and timers of depth 1 as ikelive_watch.h and ikelive_watch.c in the folder
# watch_pair of the build folder, for those who would rather add two files than a library.
set(folder ${PROJECT_BINARY_DIR}/watch_pair)
find_program(IKELIVE_PYTHON python3)
mark_as_advanced(IKELIVE_PYTHON)
if(NOT IKELIVE_PYTHON)
  add_custom_target(watch_pair COMMAND ${CMAKE_COMMAND} -E echo "python3 makes these files" COMMAND ${CMAKE_COMMAND} -E false)
  return()
endif()

file(GLOB from CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/ikelive/*.h *.[ch] memory/*.[ch]
     policy/*.[ch] policy/wheel/*.[ch])
file(MAKE_DIRECTORY ${folder})
add_custom_command(OUTPUT ${folder}/ikelive_watch.h ${folder}/ikelive_watch.c
                   COMMAND ${IKELIVE_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/watch_pair.py ${PROJECT_SOURCE_DIR} ${folder}
                   DEPENDS ${CMAKE_CURRENT_LIST_DIR}/watch_pair.py ${from}
                   COMMENT "Writing depth 1 as two files" VERBATIM)
add_custom_target(watch_pair DEPENDS ${folder}/ikelive_watch.h ${folder}/ikelive_watch.c)
