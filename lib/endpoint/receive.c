/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: from a UDP payload to the IKE SA it belongs to, and what became of it. */
#include "find.h"
#include "message/header.h"
#include "out_of_line.h"
#include "sa/address.h"
#include "sa/call.h"
#include "sa/sa.h"

#include <string.h>

enum { KEEPALIVE = 0xff };

/* On a path with UDP encapsulation: removes the non-ESP marker (RFC 3948 §2.2, §2.3). */
static int strip_marker(struct ikl_octets *datagram)
{
    static const uint8_t marker[IKL_NON_ESP_MARKER_LEN];

    if (datagram->len == 1 && datagram->data[0] == KEEPALIVE) {
        return IKL_ERR_KEEPALIVE;
    }
    if (datagram->len < sizeof(marker) || memcmp(datagram->data, marker, sizeof(marker)) != 0) {
        return IKL_ERR_NOT_IKE;
    }
    datagram->data += sizeof(marker);
    datagram->len -= sizeof(marker);
    return IKL_OK;
}

/* The IKE SA whose two SPIs the message has. The peer sets the Initiator flag when it is the original initiator. To
 * tell a wrong flag from a wrong SPI, the other SPI is looked up too. */
static struct ikl_sa *find(const struct ikl_endpoint *endpoint, const struct ikl_header *header)
{
    bool peer_initiated = (header->flags & IKL_FLAG_INITIATOR) != 0;
    struct ikl_sa *sa = ikl_sa_of_spi(endpoint, peer_initiated ? header->spi_r : header->spi_i);

    if (sa == NULL) {
        sa = ikl_endpoint_find(endpoint, peer_initiated ? header->spi_i : header->spi_r);
    }
    if (sa == NULL || sa->spi_i != header->spi_i) {
        return NULL;
    }
    /* the responder's SPI is unknown until its IKE_SA_INIT response is accepted */
    return sa->spi_r == header->spi_r || !ikl_sa_has_keys(sa) ? sa : NULL;
}

/* No IKE SA has these SPIs: a Delete that ended one is answered again, and the host judges anything else, even what
 * tokens answer. */
IKL_OUT_OF_LINE static int take_unmatched(struct ikl_endpoint *endpoint, const struct ikl_message *message,
                                          ikl_time now)
{
    const struct ikl_header *header = &message->opened.header;
    uint64_t spi = (header->flags & IKL_FLAG_INITIATOR) != 0 ? header->spi_r : header->spi_i;
    struct ikl_octets answer = ikl_tombstones_asked(endpoint->tombstones, spi, message->datagram, now);

    if (answer.len == 0) {
        ikl_maker_asked(endpoint, message, now);
        endpoint->unmatched = (struct ikl_unmatched){message->path, *header, message->datagram};
        return IKL_ERR_UNKNOWN_SPI;
    }
    endpoint->counters.repeated++;
    endpoint->counters.repeated_deletes++;
    memcpy(ikl_endpoint_message(endpoint), answer.data, answer.len);
    (void)ikl_endpoint_transmit(endpoint, NULL, message->path, answer.len);
    return IKL_OK;
}

/* Checks the datagram's arguments, and leaves the IKE message in it. */
static int take_off(const struct ikl_inbound *inbound, struct ikl_octets *datagram)
{
    if (!ikl_is_path(inbound->path)) {
        return IKL_ERR_INVALID;
    }
    return inbound->path->encapsulated && !inbound->stripped ? strip_marker(datagram) : IKL_OK;
}

/* Reads the header, and judges all that needs no IKE SA. */
static int read(struct ikl_message *message)
{
    struct ikl_header *header = &message->opened.header;
    struct ikl_octets datagram = message->datagram;
    int result = ikl_header_take(header, datagram.data, datagram.len);

    if (result == IKL_OK && header->spi_i == 0 && !ikl_is_invalid_spi(header, datagram.data, datagram.len)) {
        result = IKL_ERR_MALFORMED;
    }
    return result;
}

static int give_to(struct ikl_sa *sa, struct ikl_message *message, ikl_time now)
{
    int result = IKL_ERR_NO_BUFFER;

    if (message->datagram.len <= sa->endpoint->max_message) {
        result = ikl_sa_receive(sa, message, now);
        if (ikl_sa_is_due(sa)) {
            ikl_sa_rearm(sa, now);
        }
    }
    if (result != IKL_OK) {
        sa->counters.dropped++;
    }
    return result;
}

static int dispatch(struct ikl_endpoint *endpoint, const struct ikl_inbound *inbound, ikl_time now)
{
    struct ikl_message message;
    struct ikl_sa *sa;
    int result;

    message.path = inbound->path;
    message.datagram = (struct ikl_octets){inbound->datagram, inbound->len};
    result = take_off(inbound, &message.datagram);
    if (result == IKL_OK) {
        result = read(&message);
    }
    if (result != IKL_OK) {
        return result;
    }
    sa = find(endpoint, &message.opened.header);
    return sa != NULL ? give_to(sa, &message, now) : take_unmatched(endpoint, &message, now);
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

static int take(struct ikl_endpoint *endpoint, const struct ikl_inbound *inbound, ikl_time now)
{
    int result;

    endpoint->counters.received++;
    result = dispatch(endpoint, inbound, now);
    if (result != IKL_OK) {
        (*counter_for(&endpoint->counters, result))++;
    }
    return result;
}

static IKL_IN_LINE int receive(struct ikl_endpoint *endpoint, const struct ikl_inbound *inbound, ikl_time now)
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
        ikl_call_tell(endpoint, now);
    }
    ikl_call_leave(endpoint, now);
    return IKL_OK;
}
