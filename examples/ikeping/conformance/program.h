/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the program. */
#ifndef IKEPING_CONFORMANCE_PROGRAM_H
#define IKEPING_CONFORMANCE_PROGRAM_H

#include "../credentials.h"
#include "../files.h"
#include "../gateway.h"

/* Makes the checks that the settings name, over sockets, or prints the list of all. */
enum exit_status conformance_program(const struct settings *settings, const struct credentials *credentials,
                                     struct files *files);

#endif
