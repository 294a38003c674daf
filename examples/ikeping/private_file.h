/* SPDX-License-Identifier: ISC */
/* ikeping: files that hold secrets, or what secrets can be read with. */
#ifndef IKEPING_PRIVATE_FILE_H
#define IKEPING_PRIVATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Opens a file for writing, emptied, that only its owner can read: mode 0600, whatever the umask and whatever it was.
 * Null, said on stderr, when that cannot be done. */
FILE *private_file_create(const char *path);

/* Reads a whole file of `size` octets at most into `out`. False, said on stderr, when it cannot be read or is longer;
 * with `secret` also when it is a file that others can read. */
bool private_file_read(const char *path, bool secret, uint8_t *out, size_t size, size_t *len);

#endif
