/* SPDX-License-Identifier: ISC */
/* ikeping: what it says of IKE SAs that move (MOBIKE, RFC 4555). */
#ifndef IKEPING_REPORT_MOBIKE_H
#define IKEPING_REPORT_MOBIKE_H

#include "report.h"

struct mobike;

/* Both sides have agreed on it, or the peer does not. */
void report_mobike(struct report *report, const char *peer, const struct mobike *mobike);

/* We go on from this address of ours, to `peer`. */
void report_moving(struct report *report, const char *peer, const char *local);

/* The peer has taken that, and there are NATs or not; or it has not. */
void report_updated(struct report *report, const char *peer, const char *nat);
void report_update_refused(struct report *report, const char *peer, const char *why);

/* The peer, which has moved, has shown that it can be reached where it is now. */
void report_routable(struct report *report, const char *peer);

#endif
