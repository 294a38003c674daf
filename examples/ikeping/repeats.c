/* SPDX-License-Identifier: ISC */
/* ikeping: IKE_SA_INIT requests that come again: the C library's tree has the handshakes, by their requests. */
#define _XOPEN_SOURCE 700
#include "repeats.h"

#include "handshake.h"

#include <search.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct ikl_octets *left = &((const struct handshake *)a)->request;
    const struct ikl_octets *right = &((const struct handshake *)b)->request;

    if (left->len != right->len) {
        return left->len < right->len ? -1 : 1;
    }
    return left->len != 0 ? memcmp(left->data, right->data, left->len) : 0;
}

/* The node of an equal one, whose first member is the handshake. */
static const struct handshake *find(const struct ikeping *ikeping, const struct handshake *wanted)
{
    const struct handshake *const *node = tfind(wanted, &ikeping->requests, compare);

    return node != NULL ? *node : NULL;
}

void repeats_add(struct ikeping *ikeping, const struct handshake *handshake)
{
    (void)tsearch(handshake, &ikeping->requests, compare);
}

const struct handshake *repeats_find(const struct ikeping *ikeping, struct ikl_octets request)
{
    const struct handshake wanted = {.request = request};

    return find(ikeping, &wanted);
}

void repeats_remove(struct ikeping *ikeping, const struct handshake *handshake)
{
    if (find(ikeping, handshake) == handshake) {
        (void)tdelete(handshake, &ikeping->requests, compare);
    }
}
