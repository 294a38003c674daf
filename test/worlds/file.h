/* SPDX-License-Identifier: ISC */
/* Whole text files. */
#ifndef WORLDS_FILE_H
#define WORLDS_FILE_H

#include <stdbool.h>

/* The text of a file, to be freed; null, and a word on stderr, when it cannot be read. */
char *file_read(const char *name);

/* Writes a text; false, and a word on stderr, when that fails. */
bool file_write(const char *name, const char *text);

#endif
