/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: datagrams on their way out. */
#include "failure.h"

#include <string.h>

static const uint8_t keepalive[] = {0xff};

static inline int give_to_host(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path,
                               const uint8_t *datagram, size_t len)
{
    int result;

    endpoint->counters.sent++;
    if (ikl_batch_is_used(&endpoint->batch)) {
        ikl_batch_add(endpoint, sa, path, datagram, len);
        return IKL_OK;
    }
    result = endpoint->callbacks.send(endpoint->user, sa, path, datagram, len);
    if (result != IKL_OK) {
        ikl_endpoint_count_failure(endpoint, sa, result);
    } else if (sa != NULL && sa->extra != IKL_NONE) {
        ikl_sa_note_sent(sa, path);
    }
    return result;
}

int ikl_endpoint_transmit(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path, size_t len)
{
    const uint8_t *datagram = ikl_endpoint_message(endpoint);

    if (path->encapsulated) {
        memset(endpoint->message, 0, IKL_NON_ESP_MARKER_LEN);
        datagram -= IKL_NON_ESP_MARKER_LEN;
        len += IKL_NON_ESP_MARKER_LEN;
    }
    return give_to_host(endpoint, sa, path, datagram, len);
}

int ikl_endpoint_keepalive(struct ikl_endpoint *endpoint, struct ikl_sa *sa)
{
    endpoint->counters.keepalives_sent++;
    return give_to_host(endpoint, sa, &sa->path, keepalive, sizeof(keepalive));
}
