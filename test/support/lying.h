/* SPDX-License-Identifier: ISC */
/* Snapshots in which a field has what it never has, though the check is right. */
#ifndef LYING_H
#define LYING_H

#include "restorer.h"
#include "snapshot_fields.h"

/* The types of records. */
enum { SA = 1, KEYS, CHILD, REQUEST, RESPONSE, SYNC = 7 };

enum { MAX_LIES = 3 };

/* What a field of so many octets has in the n-th record of a type. */
struct lie {
    uint8_t type, n, at, len;
    uint64_t value;
};

/* The snapshot of an IKE SA with three requests that are sent, the second without a payload, and one that is queued;
 * and with two responses. */
void lying_begin_busy(struct restorer *restorer);

/* Tells a lie, and leaves the check as it is. */
void lying_tell(struct restorer *restorer, const struct lie *lie);

/* Makes an IKE SA of the octets as they are, and ends it at once. Returns the result. */
int lying_restore(struct restorer *restorer);

/* The same with up to MAX_LIES lies, which are taken back; one of no octets is none. */
int lying_try(struct restorer *restorer, const struct lie *lies);

/* Each of these is refused as malformed, and the truth is not. */
void lying_assert_refused(struct restorer *restorer, const struct lie (*lies)[MAX_LIES], size_t n);

#endif
