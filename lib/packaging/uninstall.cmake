# SPDX-License-Identifier: ISC
# The target `uninstall`: removes what `cmake --install` has put where this build last installed to, DESTDIR included, and
# the folders named after this project in which no file is left then. Run as a script, it does that for the folder BUILD.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -D BUILD=${PROJECT_BINARY_DIR} -P ${CMAKE_CURRENT_LIST_FILE}
                    COMMENT "Removing what was installed" VERBATIM)
  return()
endif()

# Each file is named without DESTDIR.
if(NOT EXISTS ${BUILD}/install_manifest.txt)
  message(FATAL_ERROR "Nothing was installed from ${BUILD}: it has no install_manifest.txt")
endif()
file(STRINGS ${BUILD}/install_manifest.txt files)
list(TRANSFORM files PREPEND "$ENV{DESTDIR}")
foreach(file ${files})
  file(REMOVE ${file})
  if(EXISTS ${file} OR IS_SYMLINK ${file})
    message(FATAL_ERROR "Cannot remove ${file}")
  endif()
  message(STATUS "Removed ${file}")
endforeach()

# Folders that other projects share stay.
foreach(file ${files})
  get_filename_component(folder ${file} DIRECTORY)
  while(folder MATCHES "/ikelive(/|$)")
    file(GLOB_RECURSE left ${folder}/*)
    if(left)
      break()
    endif()
    file(REMOVE_RECURSE ${folder})
    get_filename_component(folder ${folder} DIRECTORY)
  endwhile()
endforeach()
file(REMOVE ${BUILD}/install_manifest.txt)
