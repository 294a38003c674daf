/* SPDX-License-Identifier: ISC */
/* One ikeping in virtual time, of which the test is the network. */
#ifndef TEST_IKEPING_END_H
#define TEST_IKEPING_END_H

#include "examples/ikeping/session.h"

struct end {
    struct ikeping ikeping;
    struct settings settings;
    struct credentials credentials;
    struct report report;
    char *text; /* what it has said so far */
    size_t text_len;
    void *owner; /* the test's */
};

/* Reads options as main.c does: they are right. */
void end_read_settings(struct settings *settings, const char *options);

/* Makes all that ikeping_open wants, at `now` ns: options as on the command line, a PSK, and whom to give what it
 * sends, with the end as `user`. The end stays where it is. */
void end_init(struct end *end, const char *options, const char *psk, uint64_t now,
              int (*send)(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len));

/* Ends it and frees what it has. `peer` as in ikeping_close. */
enum exit_status end_close(struct end *end, const char *peer);

#endif
