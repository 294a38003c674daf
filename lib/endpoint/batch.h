/* SPDX-License-Identifier: ISC */
/* ikelive batch: datagrams collected for `send_batch`. */
#ifndef IKL_BATCH_H
#define IKL_BATCH_H

#include <ikelive/endpoint.h>

struct ikl_batch {
    struct ikl_outbound *datagrams;
    uint8_t *octets;
    uint32_t size; /* 0: there are no batches */
    uint32_t n;
};

#ifdef IKL_WITHOUT_BATCHES
#include "without/batch.h"
#else
enum { IKL_MAX_BATCH = 1024 };

static inline bool ikl_batch_is_used(const struct ikl_batch *batch)
{
    return batch->size != 0;
}

static inline bool ikl_batch_is_empty(const struct ikl_batch *batch)
{
    return batch->n == 0;
}

/* batch.c */

int ikl_batch_reserve(struct ikl_endpoint *endpoint, uint32_t size);
/* What that takes of an arena. */
uint64_t ikl_batch_octets(uint32_t max_message, uint32_t size);
void ikl_batch_release(struct ikl_endpoint *endpoint);
/* Collects a datagram, and sends what was collected when it is as much as there may be. */
void ikl_batch_add(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path,
                   const uint8_t *datagram, size_t len);
/* Sends what was collected: at least one. */
void ikl_batch_flush(struct ikl_endpoint *endpoint);
#endif

#endif
