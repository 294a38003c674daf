/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: batches of datagrams, since system calls cost more than cryptography. */
#include "sa/sa.h"

#include <string.h>

static size_t datagram_room(const struct ikl_endpoint *endpoint)
{
    return IKL_NON_ESP_MARKER_LEN + (size_t)endpoint->max_message;
}

int ikl_batch_reserve(struct ikl_endpoint *endpoint, uint32_t size)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    if (size == 0) {
        return IKL_OK;
    }
    endpoint->batch.size = size;
    endpoint->batch.datagrams = allocator->allocate(allocator->user, size * sizeof(*endpoint->batch.datagrams));
    endpoint->batch.octets = allocator->allocate(allocator->user, size * datagram_room(endpoint));
    return endpoint->batch.datagrams != NULL && endpoint->batch.octets != NULL ? IKL_OK : IKL_ERR_NO_MEMORY;
}

void ikl_batch_release(struct ikl_endpoint *endpoint)
{
    struct ikl_allocator *allocator = &endpoint->allocator;
    struct ikl_batch *batch = &endpoint->batch;

    if (batch->datagrams != NULL) {
        allocator->release(allocator->user, batch->datagrams, batch->size * sizeof(*batch->datagrams));
    }
    if (batch->octets != NULL) {
        allocator->release(allocator->user, batch->octets, batch->size * datagram_room(endpoint));
    }
}

/* Only now it shows what went out. */
static void note_result(struct ikl_endpoint *endpoint, const struct ikl_outbound *outbound)
{
    if (outbound->result != IKL_OK) {
        ikl_endpoint_send_failed(endpoint, outbound->sa);
        if (outbound->len == 1) {
            ikl_sa_keepalive_failed(outbound->sa);
        }
    } else if (outbound->sa != NULL) {
        ikl_sa_note_sent(outbound->sa, &outbound->path);
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
    uint8_t *octets = batch->octets + batch->n * datagram_room(endpoint);

    memcpy(octets, datagram, len);
    batch->datagrams[batch->n++] =
        (struct ikl_outbound){.sa = sa, .path = *path, .datagram = octets, .len = len, .result = IKL_OK};
    if (batch->n == batch->size) {
        ikl_batch_flush(endpoint);
    }
}

int ikl_endpoint_receive_batch(struct ikl_endpoint *endpoint, struct ikl_inbound *datagrams, size_t n, ikl_time now)
{
    int result = ikl_endpoint_begin_outermost(endpoint, &now);

    if (result != IKL_OK) {
        return result;
    }
    for (size_t i = 0; i < n; i++) {
        datagrams[i].result =
            ikl_endpoint_take(endpoint, datagrams[i].path, datagrams[i].datagram, datagrams[i].len, now);
        ikl_report(endpoint, now);
    }
    ikl_endpoint_leave(endpoint, now);
    return IKL_OK;
}
