/* SPDX-License-Identifier: ISC */
/* A folder of recorded sessions, read with what POSIX and MinGW have in common. */
#ifndef TEST_SESSION_FOLDER_H
#define TEST_SESSION_FOLDER_H

#include <stddef.h>

/* Calls `each` with the path of every session of a folder. Returns how many there are. */
size_t session_each(const char *folder, void (*each)(const char *path, void *user), void *user);

#endif
