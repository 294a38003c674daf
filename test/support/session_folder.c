/* SPDX-License-Identifier: ISC */
/* A folder of recorded sessions. See session_folder.h. */
#include "session_folder.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATH_ROOM = 1024 };

static bool is_session(const char *name)
{
    const char *suffix = strrchr(name, '.');

    return suffix != NULL && strcmp(suffix, ".txt") == 0;
}

size_t session_each(const char *folder, void (*each)(const char *path, void *user), void *user)
{
    char path[PATH_ROOM];
    const struct dirent *entry;
    size_t n = 0;
    DIR *found = opendir(folder);

    while (found != NULL && (entry = readdir(found)) != NULL) {
        if (is_session(entry->d_name)) {
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            each(path, user);
            n++;
        }
    }
    if (found != NULL) {
        (void)closedir(found);
    }
    return n;
}
