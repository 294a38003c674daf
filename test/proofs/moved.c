/* SPDX-License-Identifier: ISC */
/* An IKE SA moves to another path just when the host says so, or when a fresh authenticated message of the peer's came
 * from elsewhere and it is to follow the peer; of such a message the host is told where it came from, whether the IKE
 * SA follows or not. What the host says is refused, and changes nothing, when it is no path or the IKE SA ends. Then
 * the path is the new one; what is not answered yet keeps the old one first; outstanding requests go along it, after
 * that, once; what was measured counts no more. An MTU that a datagram does not tell, and our NAT, stay as the host
 * stated them. Four of these in one call let requests leave, and no more. A reliable path that is there again is no
 * move.
 *
 * That only a fresh authenticated message comes to this: see unauthenticated, answered, response, turns and repeat.
 *
 * bounds: calls are told apart by their number, which comes again after 65,536. By contract: what requests do (see
 * chances), keeping paths (see kept_paths)
 * each: -DSET -DHEARD -DRECONNECTED
 * with: sa/marks.c sa/path.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4 --unwindset memcmp.0:50
 * fault: -DHEARD lib/sa/move.c s/^    if (sa->follow_peer) {/    if (true) {/
 * fault: -DHEARD lib/sa/move.c s/seen.mtu = .*;/seen.mtu = path->mtu;/
 * fault: -DHEARD lib/sa/marks.c s/^ *sa->marks.chances++;//
 * fault: -DSET lib/sa/move.c s/^        ikl_sa_keep_paths(sa);//
 * fault: -DSET lib/sa/move.c s/^    sa->path = .path;//
 * fault: -DRECONNECTED lib/sa/move.c s/reconnected(sa, ikl_sa_take_chance(sa), now)/reconnected(sa, true, now)/
 * fault: -DRECONNECTED lib/sa/move.c s/ || !sa->path.reliable)/)/ */
#include "slabs.h"

#include "sa/move.c"

#include "paths.h"

static struct ikl_endpoint endpoint;
static struct ikl_sa sa, before;
static struct ikl_extra extra;
static struct ikl_path path;
static ikl_time now;
static unsigned n_kept, n_moved, n_reconnected, n_told;
static bool is_same, is_left;

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.extras && index == 0 && sa.extra == 0);
    return &extra;
}

int ikl_slab_reserve(struct ikl_slab *slab, uint32_t n)
{
    prove(slab == &endpoint.extras && n == 1);
    return nondet_bool() ? IKL_OK : IKL_ERR_NO_MEMORY;
}

uint32_t ikl_slab_take(struct ikl_slab *slab)
{
    prove(slab == &endpoint.extras && sa.extra == IKL_NONE);
    return 0;
}

ikl_time ikl_after(ikl_time time, uint64_t delay)
{
    (void)time;
    (void)delay;
    return nondet_u64();
}

/* The path is that of before still. */
void ikl_sa_keep_paths(struct ikl_sa *of)
{
    prove(of == &sa && ikl_path_same(&sa.path, &before.path) && n_moved == 0);
    n_kept++;
}

/* It is the new one. */
void ikl_request_moved(struct ikl_sa *of, bool followed, bool leave, ikl_time at)
{
    prove(of == &sa && at == now && ikl_path_same(&sa.path, &path) && n_kept == 1);
#if defined(HEARD)
    prove(followed);
#else
    prove(!followed);
#endif
    is_left = leave;
    n_moved++;
}

void ikl_request_reconnected(struct ikl_sa *of, bool leave, ikl_time at)
{
    is_left = leave;
    prove(of == &sa && at == now && ikl_path_same(&sa.path, &path));
    n_reconnected++;
}

void ikl_hand_address(struct ikl_sa *of, const struct ikl_path *told)
{
    prove(of == &sa && ikl_path_same(told, &path));
    prove(told->mtu == (path.mtu != 0 ? path.mtu : before.path.mtu) && told->behind_nat == before.path.behind_nat);
    n_told++;
}

void ikl_history_add_event(struct ikl_sa *of, struct ikl_event event)
{
    prove(of == &sa && event.at == now);
    prove(event.kind == IKL_EVENT_ADDRESS_CHANGED || event.kind == IKL_EVENT_RECONNECTED);
}

void ikl_history_add_chatter(struct ikl_sa *of, struct ikl_event event)
{
    (void)of;
    (void)event;
    prove(false);
}

static bool is_as_before(void)
{
    return ikl_path_same(&sa.path, &before.path) && sa.path.mtu == before.path.mtu &&
           sa.path.behind_nat == before.path.behind_nat && sa.narrowed == before.narrowed &&
           sa.round_trip.stale == before.round_trip.stale && n_kept + n_moved + n_reconnected == 0;
}

/* Three others at most left at once in this call; this one is counted. */
static void check_left(void)
{
    unsigned others = before.marks.call != endpoint.call ? 0 : before.marks.chances;

    prove(is_left == (others < 4) && sa.marks.call == endpoint.call);
    prove(sa.marks.chances == others + is_left);
}

/* It goes along the path now. */
static void check_moved(void)
{
    prove(ikl_path_same(&sa.path, &path) && sa.due);
    prove(n_kept == !is_same && n_moved == !is_same && n_reconnected == 0);
    if (!is_same) {
        check_left();
    }
    prove(is_same ? sa.round_trip.stale == before.round_trip.stale : !ikl_round_trip_is_known(&sa.round_trip));
    prove(sa.narrowed == (before.narrowed || ikl_path_max_message(&sa.path) < ikl_path_max_message(&before.path)));
    prove(is_same || sa.extra == IKL_NONE || (extra.path_since == now && extra.keepalive_due == now));
}

#if defined(SET)
static void happen(void)
{
    int result = ikl_decide_set_path(&sa, &path, now);

    prove(n_told == 0);
    if (result != IKL_OK) {
        prove(is_as_before());
        return;
    }
    prove(before.state < IKL_SA_DYING && ikl_is_path(&path));
    prove(sa.path.mtu == path.mtu && sa.path.behind_nat == path.behind_nat);
    prove(!path.behind_nat || sa.extra != IKL_NONE);
    check_moved();
}
#elif defined(HEARD)
static void happen(void)
{
    ikl_sa_heard_from(&sa, &path, now);
    prove(n_told == !is_same);
    if (is_same || !before.follow_peer) {
        prove(is_as_before());
        return;
    }
    prove(sa.path.mtu == (path.mtu != 0 ? path.mtu : before.path.mtu));
    prove(sa.path.behind_nat == before.path.behind_nat);
    check_moved();
}
#else
static void happen(void)
{
    int result = ikl_decide_reconnected(&sa, &path, now);

    prove(n_told == 0);
    if (result != IKL_OK) {
        prove(is_as_before());
        return;
    }
    prove(before.state < IKL_SA_DYING && ikl_is_path(&path) && path.reliable && before.path.reliable);
    prove(ikl_path_same(&sa.path, &path) && sa.due && n_reconnected == 1 && n_kept + n_moved == 0);
    check_left();
    prove(sa.round_trip.stale == before.round_trip.stale && sa.narrowed == before.narrowed);
}
#endif

int main(void)
{
    struct ikl_sa any;
    struct ikl_extra any_extra;

    endpoint.call = nondet_u16();
    endpoint.now = now = nondet_u64();
    extra = any_extra;
    sa = any;
    sa.endpoint = &endpoint;
    sa.path = any_path();
    sa.extra = nondet_bool() ? 0 : IKL_NONE;
    suppose(sa.state < IKL_SA_STATES && sa.marks.chances <= 4);
    path = any_path();
    before = sa;
    is_same = ikl_path_same(&path, &before.path);
    happen();
    prove(sa.state == before.state && sa.follow_peer == before.follow_peer);
    return 0;
}
