/* SPDX-License-Identifier: ISC */
/* ikeping: the files that it writes: a capture, a key log, a picture, the outcomes of checks. */
#ifndef IKEPING_FILES_H
#define IKEPING_FILES_H

#include "picture.h"
#include "settings.h"

#include <ikelive/path.h>

#include <stdio.h>

struct files {
    FILE *pcap, *keylog, *svg, *junit; /* or null */
    struct picture picture;            /* for `svg` */
};

/* Opens those that the settings name. False, said on stderr, when one cannot be written. */
bool files_open(struct files *files, const struct settings *settings);

/* Writes a datagram to the capture, if there is one. `at` is in ns since 1970. A capture that cannot be written, which
 * is said on stderr, ends. */
void files_capture(struct files *files, const struct settings *settings, const struct ikl_address *source,
                   const struct ikl_address *destination, const uint8_t *datagram, size_t len, uint64_t at);

/* Draws the picture, which is about `peer`, and closes all. */
void files_close(struct files *files, const struct settings *settings, const char *peer);

#endif
