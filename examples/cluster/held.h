/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: datagrams that wait until the store knows what they tell. */
#ifndef CLUSTER_HELD_H
#define CLUSTER_HELD_H

#include <ikelive/path.h>

struct held;

/* In the order in which they came. All zeros: there is none. */
struct held_queue {
    struct held *first, **end;
};

/* Keeps a copy of a datagram until so many changes are written. Errors: IKL_ERR_NO_MEMORY. */
IKL_MUST_USE int held_add(struct held_queue *queue, uint64_t changes, const struct ikl_address *to,
                          const uint8_t *datagram, size_t len);

/* Sends those that may leave when so many changes are written. */
void held_let_go(struct held_queue *queue, uint64_t written,
                 int (*send)(void *user, const struct ikl_address *to, const uint8_t *datagram, size_t len),
                 void *user);

void held_drop_all(struct held_queue *queue);

#endif
