/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: from a UDP payload to the IKE SA it belongs to, and what became of it. */
#include "sa/address.h"
#include "sa/call.h"
#include "sa/sa.h"

#include <string.h>

enum { KEEPALIVE = 0xff };

/* On a path with UDP encapsulation: removes the non-ESP marker (RFC 3948 §2.2, §2.3). */
static int strip_marker(const uint8_t **datagram, size_t *len)
{
    static const uint8_t marker[IKL_NON_ESP_MARKER_LEN];

    if (*len == 1 && (*datagram)[0] == KEEPALIVE) {
        return IKL_ERR_KEEPALIVE;
    }
    if (*len < sizeof(marker) || memcmp(*datagram, marker, sizeof(marker)) != 0) {
        return IKL_ERR_NOT_IKE;
    }
    *datagram += sizeof(marker);
    *len -= sizeof(marker);
    return IKL_OK;
}

/* The IKE SA whose two SPIs the message has. The peer sets the Initiator flag when it is the original initiator. To
 * tell a wrong flag from a wrong SPI, the other SPI is looked up too. */
static struct ikl_sa *find(const struct ikl_endpoint *endpoint, const struct ikl_header *header)
{
    bool peer_initiated = (header->flags & IKL_FLAG_INITIATOR) != 0;
    struct ikl_sa *sa = ikl_endpoint_find(endpoint, peer_initiated ? header->spi_r : header->spi_i);

    if (sa == NULL) {
        sa = ikl_endpoint_find(endpoint, peer_initiated ? header->spi_i : header->spi_r);
    }
    if (sa == NULL || sa->spi_i != header->spi_i) {
        return NULL;
    }
    /* the responder's SPI is unknown until its IKE_SA_INIT response is accepted */
    return sa->spi_r == header->spi_r || !ikl_sa_has_keys(sa) ? sa : NULL;
}

/* No IKE SA has these SPIs: a Delete that ended one is answered again, and the host judges anything else. */
static int take_unmatched(struct ikl_endpoint *endpoint, const struct ikl_path *path, const struct ikl_header *header,
                          struct ikl_octets datagram, ikl_time now)
{
    uint64_t spi = (header->flags & IKL_FLAG_INITIATOR) != 0 ? header->spi_r : header->spi_i;
    struct ikl_octets answer = ikl_tombstones_asked(endpoint->tombstones, spi, datagram, now);

    if (answer.len == 0) {
        endpoint->unmatched = (struct ikl_unmatched){path, *header, datagram};
        return IKL_ERR_UNKNOWN_SPI;
    }
    endpoint->counters.repeated++;
    endpoint->counters.repeated_deletes++;
    memcpy(ikl_endpoint_message(endpoint), answer.data, answer.len);
    (void)ikl_endpoint_transmit(endpoint, NULL, path, answer.len);
    return IKL_OK;
}

/* Checks the datagram's arguments, and leaves the IKE message in it. */
static int take_off(const struct ikl_inbound *inbound, const uint8_t **datagram, size_t *len)
{
    if (!ikl_is_path(inbound->path)) {
        return IKL_ERR_INVALID;
    }
    return inbound->path->encapsulated && !inbound->stripped ? strip_marker(datagram, len) : IKL_OK;
}

static int dispatch(struct ikl_endpoint *endpoint, const struct ikl_inbound *inbound, ikl_time now)
{
    const struct ikl_path *path = inbound->path;
    const uint8_t *datagram = inbound->datagram;
    size_t len = inbound->len;
    struct ikl_header header;
    struct ikl_sa *sa;
    int result = take_off(inbound, &datagram, &len);

    if (result == IKL_OK) {
        result = ikl_header_read(&header, datagram, len);
    }
    if (result == IKL_OK && header.spi_i == 0 && !ikl_is_invalid_spi(&header, datagram, len)) {
        result = IKL_ERR_MALFORMED;
    }
    if (result != IKL_OK) {
        return result;
    }
    sa = find(endpoint, &header);
    if (sa == NULL) {
        return take_unmatched(endpoint, path, &header, (struct ikl_octets){datagram, len}, now);
    }
    if (len > endpoint->max_message) {
        result = IKL_ERR_NO_BUFFER;
    } else {
        result = ikl_sa_receive(sa, path, &header, datagram, len, now);
        if (ikl_marks_is_due(&sa->marks)) {
            ikl_sa_rearm(sa, now);
        }
    }
    if (result != IKL_OK) {
        sa->counters.dropped++;
    }
    return result;
}

static uint64_t *counter_for(struct ikl_endpoint_counters *counters, int result)
{
    switch (result) {
    case IKL_ERR_KEEPALIVE:
        return &counters->keepalives;
    case IKL_ERR_NOT_IKE:
        return &counters->not_ike;
    case IKL_ERR_TRUNCATED:
    case IKL_ERR_MALFORMED:
    case IKL_ERR_LENGTH:
    case IKL_ERR_VERSION:
    case IKL_ERR_CRITICAL:
        return &counters->malformed;
    case IKL_ERR_UNKNOWN_SPI:
        return &counters->unmatched;
    case IKL_ERR_FLAGS:
        return &counters->wrong_flags;
    case IKL_ERR_UNPROTECTED:
        return &counters->unprotected;
    case IKL_ERR_FORGED:
        return &counters->forged;
    case IKL_ERR_STALE:
        return &counters->stale;
    case IKL_ERR_WINDOW:
        return &counters->out_of_window;
    case IKL_ERR_UNSOLICITED:
        return &counters->unsolicited;
    case IKL_ERR_RATE:
        return &counters->rate_limited;
    case IKL_ERR_PENDING:
        return &counters->pending;
    case IKL_ERR_EARLY:
        return &counters->early;
    case IKL_ERR_FRAGMENT:
        return &counters->fragments_dropped;
    case IKL_ERR_NO_BUFFER:
        return &counters->no_buffer;
    default:
        return &counters->other;
    }
}

/* How many datagrams succeeded without being fresh authenticated messages: repeats, stored fragments, offers. */
static uint64_t not_accepted(const struct ikl_endpoint_counters *counters)
{
    return counters->repeated + counters->offered + counters->fragments - counters->reassembled;
}

static int take(struct ikl_endpoint *endpoint, const struct ikl_inbound *inbound, ikl_time now)
{
    uint64_t other = not_accepted(&endpoint->counters);
    int result;

    endpoint->counters.received++;
    result = dispatch(endpoint, inbound, now);
    if (result != IKL_OK) {
        (*counter_for(&endpoint->counters, result))++;
    } else if (not_accepted(&endpoint->counters) == other) {
        endpoint->counters.accepted++;
    }
    return result;
}

static int receive(struct ikl_endpoint *endpoint, const struct ikl_inbound *inbound, ikl_time now)
{
    int result = ikl_call_begin_outermost(endpoint, &now);
    if (result != IKL_OK) {
        return result;
    }
    result = take(endpoint, inbound, now);
    ikl_call_leave(endpoint, now);
    return result;
}

int ikl_endpoint_receive(struct ikl_endpoint *endpoint, const struct ikl_path *path, const uint8_t *datagram,
                         size_t len, ikl_time now)
{
    struct ikl_inbound inbound = {.path = path, .datagram = datagram, .len = len};

    return receive(endpoint, &inbound, now);
}

int ikl_endpoint_receive_stripped(struct ikl_endpoint *endpoint, const struct ikl_path *path, const uint8_t *datagram,
                                  size_t len, ikl_time now)
{
    struct ikl_inbound inbound = {.path = path, .datagram = datagram, .len = len, .stripped = true};

    return receive(endpoint, &inbound, now);
}

int ikl_endpoint_receive_batch(struct ikl_endpoint *endpoint, struct ikl_inbound *datagrams, size_t n, ikl_time now)
{
    int result = ikl_call_begin_outermost(endpoint, &now);

    if (result != IKL_OK) {
        return result;
    }
    for (size_t i = 0; i < n; i++) {
        datagrams[i].result = take(endpoint, &datagrams[i], now);
        ikl_report(endpoint, now);
    }
    ikl_call_leave(endpoint, now);
    return IKL_OK;
}
