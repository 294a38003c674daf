/* SPDX-License-Identifier: ISC */
/* What is kept of the synchronisation of Message IDs (RFC 6311) is made when it is agreed on, once, and holds all that
 * was; what fails leaves all as it was. It is forgotten with its body, once. That Message IDs were synchronised is to
 * be told, with the sum of all replay counters that were not told yet, which never wraps, and only where these were
 * agreed on.
 *
 * bounds: none. By contract: the table of what is kept
 * each: -DAGREE -DTELL -DFORGET
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 2
 * fault: -DTELL lib/sa/sync_state.c s/delta < b->delta ? UINT64_MAX : delta/delta/
 * fault: -DAGREE lib/sa/sync_state.c s/^    ikl_sa_set_rare(sa, IKL_RARE_SYNC);//
 * fault: -DAGREE lib/sa/sync_state.c s/sync->agreed |= /sync->agreed = /
 * fault: -DFORGET lib/sa/sync_state.c s/^        ikl_sa_drop_body(sa, sync->stored);// */
#include "proof.h"

#define IKL_ONCE
#include "sa/sync_state.c"

enum { STORED = 1 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_sync sync, before;
static bool has_sync, had_sync, has_room, is_dropped;
static unsigned n_marks, n_events;
static ikl_time now;

void *ikl_beside_find(const struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.syncs && spi == ikl_sa_own_spi(&sa));
    return has_sync ? &sync : NULL;
}

int ikl_beside_reserve(struct ikl_beside *beside, uint32_t n)
{
    prove(beside == &endpoint.syncs && n == 1 && !has_sync);
    has_room = nondet_bool();
    return has_room ? IKL_OK : IKL_ERR_NO_MEMORY;
}

void *ikl_beside_add(struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.syncs && spi == ikl_sa_own_spi(&sa) && has_room && !has_sync);
    has_sync = true;
    sync = (struct ikl_sync){.spi = spi};
    return &sync;
}

void ikl_beside_remove(struct ikl_beside *beside, uint64_t spi)
{
    prove(beside == &endpoint.syncs && spi == ikl_sa_own_spi(&sa) && has_sync);
    has_sync = false;
}

void ikl_sa_drop_body(struct ikl_sa *of, uint32_t body)
{
    prove(of == &sa && has_sync && body == before.stored && !is_dropped);
    is_dropped = true;
}

void ikl_sa_mark(struct ikl_sa *of, enum ikl_fact fact)
{
    prove(of == &sa && fact == IKL_FACT_SYNCED);
    n_marks++;
}

void ikl_history_add_event(struct ikl_sa *of, struct ikl_event event)
{
    prove(of == &sa && event.at == now);
    n_events++;
}

void ikl_history_add_chatter(struct ikl_sa *of, struct ikl_event event)
{
    (void)of;
    (void)event;
    prove(false);
}

#if defined(AGREE)
static void happen(void)
{
    unsigned what = nondet_u8();
    int result = ikl_decide_agree_sync(&sa, what);

    if (result != IKL_OK) {
        prove(has_sync == had_sync && sync.agreed == before.agreed && ikl_sa_has_rare(&sa, IKL_RARE_SYNC) == had_sync);
        return;
    }
    prove(has_sync && ikl_sa_has_keys(&sa) && ikl_sa_has_rare(&sa, IKL_RARE_SYNC) && what != 0 && what <= 3);
    prove(sync.agreed == ((had_sync ? before.agreed : 0) | what) &&
          sync.stored == (had_sync ? before.stored : IKL_NONE));
    prove(ikl_sa_may_sync(&sa) == ((sync.agreed & IKL_SYNC_MESSAGE_IDS) != 0));
}
#elif defined(TELL)
static void happen(void)
{
    bool by_peer = nondet_bool(), is_more = ikl_marks_has(&sa.marks, IKL_FACT_SYNCED);
    struct ikl_replay_sync replay = {.delta = nondet_u64(), .extended = nondet_bool()};
    uint64_t most = is_more ? before.told.delta : 0;
    struct ikl_synced synced;

    suppose(had_sync);
    ikl_sa_tell_synced(&sa, by_peer, &replay, now);
    synced = ikl_sa_synced(&sa);
    prove(n_marks == 1 && n_events == 1 && synced.by_peer == by_peer && synced.at == now);
    prove(synced.next_request == sa.send_window.next && synced.next_expected == sa.receive_window.lowest);
    if ((sync.agreed & IKL_SYNC_REPLAY_COUNTERS) == 0) {
        prove(synced.replay.delta == 0 && !synced.replay.extended);
    } else {
        prove(synced.replay.delta >= replay.delta && synced.replay.delta >= most);
        prove(synced.replay.delta == UINT64_MAX || synced.replay.delta - most == replay.delta);
        prove(synced.replay.extended == (replay.extended || (is_more && before.told.extended)));
    }
}
#else
static void happen(void)
{
    ikl_sa_forget_sync(&sa);
    prove(!has_sync && is_dropped == had_sync && !ikl_sa_has_rare(&sa, IKL_RARE_SYNC));
}
#endif

int main(void)
{
    struct ikl_sa any;
    struct ikl_sync any_sync;

    sa = any;
    sa.endpoint = &endpoint;
    sync = any_sync;
    sync.told.extended = nondet_bool();
    sync.stored = nondet_bool() ? STORED : IKL_NONE;
    before = sync;
    has_sync = had_sync = ikl_sa_has_rare(&sa, IKL_RARE_SYNC);
    suppose(!had_sync || ikl_sa_has_keys(&sa));
    now = nondet_u64();
    happen();
    return 0;
}
