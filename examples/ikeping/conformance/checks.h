/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the checks there are. Each area has a file, and a number; its checks are numbered in their
 * order, so a new one comes last. */
#ifndef IKEPING_CONFORMANCE_CHECKS_H
#define IKEPING_CONFORMANCE_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

struct tester;

struct check {
    const char *name;
    const char *sentence; /* that is true of a peer that passes */
    const char *section;  /* where it is written */
    void (*run)(struct tester *tester);
};

struct check_area {
    const char *title;
    const struct check *checks;
    size_t n;
};

extern const struct check_area repeats_area, message_ids_area, unprotected_area, forged_area, payloads_area,
    encrypted_area, fragments_area, deletes_area, rekeys_area, init_area, cookies_area, moves_area, asks_area,
    crossings_area, clients_area;

extern const struct check_area *const check_areas[];
extern const size_t n_check_areas;

/* Which checks a user wants: "all", or areas, checks and names, as in "1,4.2,far-request". Null when the text is one of
 * these; else it says in words what it must be. */
const char *checks_words(const char *text);

/* Whether this text, of which checks_words has nothing to say, has the check with these numbers, from 0. */
bool checks_have(const char *text, size_t area, size_t check);

#endif
