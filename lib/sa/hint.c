/* SPDX-License-Identifier: ISC */
/* ikelive sa: signs of trouble that prove nothing (RFC 7296 §2.4, §2.21.4): they cause at most one liveness check,
 * limited in rate. */
#include "event.h"
#include "sa.h"

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

/* Sends no liveness check: it is small and would show nothing about larger messages. */
static int take_mtu(struct ikl_sa *sa, uint16_t mtu)
{
    return sa->fragmentation ? ikl_sa_narrow(sa, mtu) : IKL_ERR_UNSUPPORTED;
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

/* Whether nothing in the message could be authenticated; and which hint it gives. */
static bool find_hint(const struct ikl_header *header, struct ikl_octets message, enum ikl_hint *hint)
{
    struct ikl_octets payloads = {message.data + IKL_HEADER_LEN, message.len - IKL_HEADER_LEN};
    struct ikl_chain chain = ikl_chain(header->next_payload, payloads);
    struct ikl_payload payload;
    struct ikl_notify notify;
    bool found = false;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_SK || payload.type == IKL_PAYLOAD_SKF ||
            (payload.critical && !ikl_payload_known(payload.type))) {
            return false;
        }
        if (payload.type != IKL_PAYLOAD_NOTIFY || ikl_notify_read(&notify, payload.body) != IKL_OK) {
            continue;
        }
        if (notify.type == IKL_NOTIFY_INVALID_IKE_SPI || notify.type == IKL_NOTIFY_INVALID_SPI) {
            *hint = notify.type == IKL_NOTIFY_INVALID_IKE_SPI ? IKL_HINT_INVALID_IKE_SPI : IKL_HINT_INVALID_SPI;
            found = true;
        }
    }
    return found && chain.status == IKL_ERR_END;
}

bool ikl_is_invalid_spi(const struct ikl_header *header, const uint8_t *datagram, size_t len)
{
    enum ikl_hint hint = IKL_HINT_INVALID_IKE_SPI;

    return find_hint(header, (struct ikl_octets){datagram, len}, &hint) && hint == IKL_HINT_INVALID_SPI;
}

bool ikl_sa_take_hint(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    enum ikl_hint hint = IKL_HINT_INVALID_IKE_SPI;

    if (!find_hint(&message->opened.header, message->datagram, &hint)) {
        return false;
    }
    (void)take(sa, hint, now);
    return true;
}
