/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: datagrams on their way out in batches, since system calls cost more than cryptography. */
#include "failure.h"
#include "memory/arena.h"
#include "sa/event.h"

#include <string.h>

enum { KEEPALIVE_LEN = 1 };

static size_t datagram_room(uint32_t max_message)
{
    return IKL_NON_ESP_MARKER_LEN + (size_t)max_message;
}

uint64_t ikl_batch_octets(uint32_t max_message, uint32_t size)
{
    return size == 0 ? 0
                     : ikl_arena_piece(size * (uint64_t)sizeof(struct ikl_outbound)) +
                           ikl_arena_piece(size * (uint64_t)datagram_room(max_message));
}

int ikl_batch_reserve(struct ikl_endpoint *endpoint, uint32_t size)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    if (size == 0) {
        return IKL_OK;
    }
    endpoint->batch.size = size;
    endpoint->batch.datagrams = allocator->allocate(allocator->user, size * sizeof(*endpoint->batch.datagrams));
    endpoint->batch.octets = allocator->allocate(allocator->user, size * datagram_room(endpoint->max_message));
    return endpoint->batch.datagrams != NULL && endpoint->batch.octets != NULL ? IKL_OK : IKL_ERR_NO_MEMORY;
}

void ikl_batch_release(struct ikl_endpoint *endpoint)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;
    struct ikl_batch *batch = &endpoint->batch;

    if (batch->datagrams != NULL) {
        allocator->release(allocator->user, batch->datagrams, batch->size * sizeof(*batch->datagrams));
    }
    if (batch->octets != NULL) {
        allocator->release(allocator->user, batch->octets, batch->size * datagram_room(endpoint->max_message));
    }
}

/* Of an IKE message, to which request of ours it matters. */
static void tell_request(const struct ikl_endpoint *endpoint, const struct ikl_outbound *outbound)
{
    bool blocked = outbound->result == IKL_ERR_BLOCKED;

    if (blocked || endpoint->has_blocked) {
        ikl_sa_batch_said(outbound->sa, outbound->datagram + (outbound->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0),
                          blocked, endpoint->now);
    }
}

/* Only now it shows what went out. */
static void note_result(struct ikl_endpoint *endpoint, const struct ikl_outbound *outbound)
{
    struct ikl_sa *sa = outbound->sa;

    if (outbound->result != IKL_OK) {
        ikl_endpoint_count_failure(endpoint, sa, outbound->result);
    }
    if (sa == NULL) {
        return;
    }
    if (outbound->result != IKL_OK) {
        ikl_history_add_failure(sa, outbound->result, endpoint->now);
    } else {
        ikl_sa_note_sent(sa, &outbound->path);
    }
    if (outbound->len != KEEPALIVE_LEN) {
        tell_request(endpoint, outbound);
    } else if (outbound->result != IKL_OK) {
        ikl_sa_keepalive_failed(sa);
    }
}

void ikl_batch_flush(struct ikl_endpoint *endpoint)
{
    struct ikl_batch *batch = &endpoint->batch;
    size_t n = batch->n;

    endpoint->callbacks.send_batch(endpoint->user, batch->datagrams, n);
    for (size_t i = 0; i < n; i++) {
        note_result(endpoint, &batch->datagrams[i]);
    }
    batch->n = 0;
}

void ikl_batch_add(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path,
                   const uint8_t *datagram, size_t len)
{
    struct ikl_batch *batch = &endpoint->batch;
    uint8_t *octets = batch->octets + batch->n * datagram_room(endpoint->max_message);

    memcpy(octets, datagram, len);
    batch->datagrams[batch->n++] =
        (struct ikl_outbound){.sa = sa, .path = *path, .datagram = octets, .len = len, .result = IKL_OK};
    if (batch->n == batch->size) {
        ikl_batch_flush(endpoint);
    }
}
