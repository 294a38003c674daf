/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: every datagram of a check. */
#include "trace.h"

#include <ikelive/crypto.h>

#include <stdlib.h>
#include <string.h>

static struct traced *add(struct trace *trace, size_t len)
{
    struct traced **grown = realloc(trace->datagrams, (trace->n + 1) * sizeof(*grown));
    struct traced *traced = malloc(sizeof(*traced) + 2 * len);

    if (grown != NULL) {
        trace->datagrams = grown;
    }
    if (grown == NULL || traced == NULL) {
        free(traced);
        return NULL;
    }
    trace->datagrams[trace->n++] = traced;
    return traced;
}

/* The marker is there on encapsulated paths; in front of anything else are ESP and keepalives. */
static size_t marker_of(const struct ikl_path *path, struct ikl_octets datagram)
{
    static const uint8_t marker[IKL_NON_ESP_MARKER_LEN] = {0};
    bool marked =
        path->encapsulated && datagram.len >= sizeof(marker) && memcmp(datagram.data, marker, sizeof(marker)) == 0;

    return marked ? sizeof(marker) : 0;
}

struct traced *trace_add(struct trace *trace, bool sent, ikl_time at, const struct ikl_path *path,
                         struct ikl_octets datagram)
{
    struct traced *traced = add(trace, datagram.len);

    if (traced != NULL) {
        *traced = (struct traced){.sent = sent,
                                  .at = at,
                                  .path = *path,
                                  .marker = marker_of(path, datagram),
                                  .len = datagram.len,
                                  .octets = (uint8_t *)(traced + 1)};
        traced->plaintext = traced->octets + datagram.len;
        memcpy(traced->octets, datagram.data, datagram.len);
    }
    return traced;
}

void trace_clear(struct trace *trace)
{
    for (size_t i = 0; i < trace->n; i++) {
        ikl_wipe(trace->datagrams[i]->plaintext, trace->datagrams[i]->len);
        free(trace->datagrams[i]);
    }
    free(trace->datagrams);
    *trace = (struct trace){.n = 0};
}

struct ikl_octets traced_message(const struct traced *traced)
{
    return (struct ikl_octets){traced->octets + traced->marker, traced->len - traced->marker};
}
