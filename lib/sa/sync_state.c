/* SPDX-License-Identifier: ISC */
/* ikelive sa: what is kept of the synchronisation of Message IDs (RFC 6311): made when it is agreed on, gone with the
 * IKE SA. */
#include "event.h"
#include "syncing.h"

int ikl_endpoint_reserve_syncs(struct ikl_endpoint *endpoint, uint32_t n)
{
    return ikl_beside_reserve(&endpoint->syncs, n);
}

static struct ikl_sync *add(struct ikl_sa *sa)
{
    struct ikl_sync *sync = ikl_beside_add(&sa->endpoint->syncs, ikl_sa_own_spi(sa));

    sync->stored = IKL_NONE;
    ikl_sa_set_rare(sa, IKL_RARE_SYNC);
    return sync;
}

static int make(struct ikl_sa *sa, struct ikl_sync **out)
{
    *out = ikl_sa_sync_of(sa);
    if (*out == NULL && ikl_endpoint_reserve_syncs(sa->endpoint, 1) == IKL_OK) {
        *out = add(sa);
    }
    return *out != NULL ? IKL_OK : IKL_ERR_NO_MEMORY;
}

void ikl_sa_restore_sync(struct ikl_sa *sa, const struct ikl_sync *like)
{
    struct ikl_sync *sync = add(sa);
    uint64_t spi = sync->spi;

    *sync = *like;
    sync->spi = spi;
    sync->stored = IKL_NONE;
}

int ikl_decide_agree_sync(struct ikl_sa *sa, unsigned what)
{
    struct ikl_sync *sync;
    int result;

    if (what == 0 || (what & ~(IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS)) != 0) {
        return IKL_ERR_INVALID;
    }
    if (!ikl_sa_has_keys(sa)) {
        return IKL_ERR_STATE; /* what has ended has none any more */
    }
    result = make(sa, &sync);
    if (result == IKL_OK) {
        sync->agreed |= (uint8_t)what;
    }
    return result;
}

void ikl_sa_forget_sync(struct ikl_sa *sa)
{
    const struct ikl_sync *sync = ikl_sa_sync_of(sa);

    if (sync != NULL) {
        ikl_sa_drop_body(sa, sync->stored);
        ikl_beside_remove(&sa->endpoint->syncs, ikl_sa_own_spi(sa));
        ikl_sa_clear_rare(sa, IKL_RARE_SYNC);
    }
}

int ikl_sa_reserve_sync(const struct ikl_sa *sa, struct ikl_endpoint *to)
{
    return ikl_beside_reserve_carry(&sa->endpoint->syncs, &to->syncs, ikl_sa_own_spi(sa));
}

void ikl_sa_carry_sync(struct ikl_sa *from, struct ikl_sa *to)
{
    struct ikl_sync *there;

    ikl_beside_carry(&from->endpoint->syncs, &to->endpoint->syncs, ikl_sa_own_spi(from));
    there = ikl_sa_sync_of(to);
    if (there != NULL) {
        there->stored = ikl_pool_carry(&from->endpoint->pool, &to->endpoint->pool, there->stored);
    }
}

/* What the peer asks for in two requests. */
static struct ikl_replay_sync sum(const struct ikl_replay_sync *a, const struct ikl_replay_sync *b)
{
    uint64_t delta = a->delta + b->delta;

    return (struct ikl_replay_sync){.delta = delta < b->delta ? UINT64_MAX : delta,
                                    .extended = a->extended || b->extended};
}

void ikl_sa_tell_synced(struct ikl_sa *sa, bool by_peer, const struct ikl_replay_sync *replay, ikl_time now)
{
    struct ikl_sync *sync = ikl_sa_sync_of(sa);

    sync->by_peer = by_peer;
    sync->told_at = now;
    sync->told = ikl_marks_has(&sa->marks, IKL_FACT_SYNCED) ? sum(&sync->told, replay) : *replay;
    ikl_history_add(sa, by_peer ? IKL_EVENT_TAKEN_OVER : IKL_EVENT_SYNCED, IKL_MESSAGE_ID_NONE, 0, now);
    ikl_sa_mark(sa, IKL_FACT_SYNCED);
}

struct ikl_synced ikl_sa_synced(const struct ikl_sa *sa)
{
    static const struct ikl_replay_sync none;
    const struct ikl_sync *sync = ikl_sa_sync_of(sa);
    bool agreed = (sync->agreed & IKL_SYNC_REPLAY_COUNTERS) != 0;

    return (struct ikl_synced){.by_peer = sync->by_peer,
                               .at = sync->told_at,
                               .next_request = sa->send_window.next,
                               .next_expected = sa->receive_window.lowest,
                               .replay = agreed ? sync->told : none};
}

/* Notifications without data, but whose sender may have put some there. */
static unsigned offered_by(struct ikl_octets body)
{
    struct ikl_notify notify;

    if (ikl_notify_read(&notify, body) != IKL_OK) {
        return 0;
    }
    return notify.type == IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED       ? IKL_SYNC_MESSAGE_IDS
           : notify.type == IKL_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED ? IKL_SYNC_REPLAY_COUNTERS
                                                                           : 0;
}

unsigned ikl_sync_offered(uint8_t first_payload, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first_payload, payloads);
    struct ikl_payload payload;
    unsigned offered = 0;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        offered |= payload.type == IKL_PAYLOAD_NOTIFY ? offered_by(payload.body) : 0;
    }
    return offered;
}
