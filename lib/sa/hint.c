/* SPDX-License-Identifier: ISC */
/* ikelive sa: signs of trouble that prove nothing (RFC 7296 §2.4, §2.21.4): they cause at most one liveness check,
 * limited in rate. */
#include "event.h"
#include "shown.h"

#include "limit.h"

enum { HINT_BURST = 10 };

static int probe_for(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    if (!ikl_sa_may(sa, IKL_SA_MAY_PROBE)) {
        return IKL_ERR_STATE;
    }
    if (ikl_sa_is_waiting(sa)) {
        return IKL_ERR_BUSY;
    }
    if (!ikl_pace_is_free(&endpoint->probes, now) ||
        !ikl_within_limit(&endpoint->hints_full_at, HINT_BURST, endpoint->hint_interval, now)) {
        endpoint->counters.hints_limited++;
        return IKL_ERR_RATE;
    }
    (void)ikl_pace_turn(&endpoint->probes, now);
    return ikl_sa_start_probe(sa, now, now);
}

/* The network says that no larger packet passes; 0: it does not say how large. The MTU never falls below the default,
 * since anybody can say so. IKL_ERR_INVALID when the path's known MTU is no larger. */
static int narrow(struct ikl_sa *sa, uint16_t mtu)
{
    struct ikl_path path = sa->path;
    uint16_t least = ikl_default_mtu(&path);

    path.mtu = mtu > least ? mtu : least;
    if (ikl_path_max_message(&path) >= ikl_path_max_message(&sa->path)) {
        return IKL_ERR_INVALID;
    }
    sa->path.mtu = path.mtu;
    sa->narrowed = true;
    return IKL_OK;
}

/* Sends no liveness check: it is small and would show nothing about larger messages. */
static int take_mtu(struct ikl_sa *sa, uint16_t mtu)
{
    return ikl_fragments_used(sa->fragmentation) ? narrow(sa, mtu) : IKL_ERR_UNSUPPORTED;
}

static int take(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now)
{
    sa->endpoint->counters.hints++;
    ikl_history_add(sa, IKL_EVENT_HINTED, IKL_MESSAGE_ID_NONE, (int)hint, now);
    return hint == IKL_HINT_TOO_LONG ? take_mtu(sa, 0) : probe_for(sa, now);
}

int ikl_decide_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now)
{
    return ikl_sa_may(sa, IKL_SA_MAY_ACT) ? take(sa, hint, now) : IKL_ERR_STATE;
}

int ikl_decide_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    sa->endpoint->counters.hints++;
    ikl_history_add(sa, IKL_EVENT_HINTED, IKL_MESSAGE_ID_NONE, IKL_HINT_TOO_LONG, now);
    return take_mtu(sa, mtu);
}

/* What is found in a message in which nothing could be authenticated. */
struct finds {
    bool has_hint;
    enum ikl_hint hint;
    struct ikl_shown shown;
};

static void look_at(struct finds *finds, struct ikl_octets body)
{
    struct ikl_notify notify;

    if (ikl_notify_read(&notify, body) != IKL_OK) {
        return;
    }
    if (notify.type == IKL_NOTIFY_INVALID_IKE_SPI || notify.type == IKL_NOTIFY_INVALID_SPI) {
        finds->hint = notify.type == IKL_NOTIFY_INVALID_IKE_SPI ? IKL_HINT_INVALID_IKE_SPI : IKL_HINT_INVALID_SPI;
        finds->has_hint = true;
    }
    if (notify.type == IKL_NOTIFY_QUICK_CRASH_DETECTION) {
        ikl_shown_add(&finds->shown, body);
    }
}

/* Whether nothing in the message could be authenticated; and what it has. */
static bool find(struct finds *finds, const struct ikl_header *header, struct ikl_octets message)
{
    struct ikl_octets payloads = {message.data + IKL_HEADER_LEN, message.len - IKL_HEADER_LEN};
    struct ikl_chain chain = ikl_chain(header->next_payload, payloads);
    struct ikl_payload payload;

    finds->has_hint = false;
    ikl_shown_none(&finds->shown);
    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_SK || payload.type == IKL_PAYLOAD_SKF ||
            (payload.critical && !ikl_payload_known(payload.type))) {
            return false;
        }
        if (payload.type == IKL_PAYLOAD_NOTIFY) {
            look_at(finds, payload.body);
        }
    }
    return chain.status == IKL_ERR_END;
}

bool ikl_is_invalid_spi(const struct ikl_header *header, const uint8_t *datagram, size_t len)
{
    struct finds finds;

    return find(&finds, header, (struct ikl_octets){datagram, len}) && finds.has_hint &&
           finds.hint == IKL_HINT_INVALID_SPI;
}

int ikl_sa_take_unprotected(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct finds finds;

    if (!find(&finds, &message->opened.header, message->datagram)) {
        return IKL_ERR_NOT_FOUND;
    }
    if (ikl_sa_take_shown(sa, &finds.shown, now)) {
        return IKL_OK;
    }
    if (!finds.has_hint) {
        return IKL_ERR_NOT_FOUND;
    }
    (void)take(sa, finds.hint, now);
    return IKL_ERR_UNPROTECTED;
}
