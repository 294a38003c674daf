/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what a check has sent and received, in files. */
#ifndef IKEPING_CONFORMANCE_TRACES_H
#define IKEPING_CONFORMANCE_TRACES_H

#include "conformance.h"

/* Whether files can be written to the folder. False, said on stderr, when not. */
bool traces_can_be_written(const char *folder);

/* Writes the tester's trace and keys, which are those of this check, to the files that the settings name. */
void traces_write(const struct conformance *conformance, const struct outcome *outcome);

#endif
