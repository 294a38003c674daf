/* SPDX-License-Identifier: ISC */
/* ikelive without batches: datagrams go out one by one. */
#ifndef IKL_WITHOUT_BATCH_H
#define IKL_WITHOUT_BATCH_H

#include <ikelive/endpoint.h>

struct ikl_batch;

enum { IKL_MAX_BATCH = 0 };

static inline bool ikl_batch_is_used(const struct ikl_batch *batch)
{
    (void)batch;
    return false;
}

static inline bool ikl_batch_is_empty(const struct ikl_batch *batch)
{
    (void)batch;
    return true;
}

static inline int ikl_batch_reserve(struct ikl_endpoint *endpoint, uint32_t size)
{
    (void)endpoint;
    (void)size;
    return IKL_OK;
}

static inline uint64_t ikl_batch_octets(uint32_t max_message, uint32_t size)
{
    (void)max_message;
    (void)size;
    return 0;
}

static inline void ikl_batch_release(struct ikl_endpoint *endpoint)
{
    (void)endpoint;
}

static inline void ikl_batch_add(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path,
                                 const uint8_t *datagram, size_t len)
{
    (void)endpoint;
    (void)sa;
    (void)path;
    (void)datagram;
    (void)len;
}

static inline void ikl_batch_flush(struct ikl_endpoint *endpoint)
{
    (void)endpoint;
}

#endif
