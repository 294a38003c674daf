/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: makes checks of a peer, and says what came of them. */
#ifndef IKEPING_CONFORMANCE_CONFORMANCE_H
#define IKEPING_CONFORMANCE_CONFORMANCE_H

#include "outcome.h"

#include "../files.h"
#include "../gateway.h"

/* To be filled in. */
struct conformance {
    struct tester *tester; /* with what is to be filled in */
    const char *peer;      /* its address, as text */
    FILE *out;
    struct files *files; /* where the settings name some */
    uint64_t epoch;      /* ns since 1970 when the wire's clock was 0 */
};

/* Makes one check. The outcome is to be cleared. */
void conformance_check(const struct conformance *conformance, size_t area, size_t check, struct outcome *out);

/* Makes those that the settings name. EXIT_ALIVE when none has failed, EXIT_DEAD when one has, EXIT_NOT_ESTABLISHED
 * when it cannot tell of any, or is stopped before the end: what was found until then is told all the same. */
enum exit_status conformance_run(const struct conformance *conformance);

/* Prints the list of all. */
void conformance_list(FILE *out);

#endif
