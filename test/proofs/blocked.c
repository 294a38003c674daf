/* SPDX-License-Identifier: ISC */
/* An IKE SA with a blocked request waits until it is tried, however many others there are or come: when a request has
 * to wait, its IKE SA is one of those that wait, and so are all that waited before. When the host can write, each of
 * them is tried once, and no other, until a send is blocked again; then that one is the first next time, and those that
 * were not tried wait on. A request that may not wait changes nothing.
 *
 * bounds: an endpoint of 3 IKE SAs at most, which may grow afterwards. By contract: runs (see run_chances), and trying
 * an IKE SA's requests (see chances)
 * each: -DBLOCKED -DWRITABLE
 * with: sa/blocked.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 5
 * fault: -DWRITABLE lib/endpoint/endpoint.c s/^    if (blocked->n > n_slots - blocked->from) {/    if (false) {/
 * fault: -DBLOCKED lib/sa/blocked.c s/if (blocked->n == 0)/if (true)/
 * fault: -DBLOCKED lib/sa/blocked.c s/n > blocked->n ? n : blocked->n;/n;/
 * fault: -DBLOCKED lib/sa/blocked.c s/index - blocked->from + 1;/index - blocked->from;/
 * fault: -DWRITABLE lib/endpoint/endpoint.c s/blocked->from + 1 < n_slots ? /true ? / */
#include "slabs.h"

#undef IKL_SLAB_CHUNK
#define IKL_SLAB_CHUNK 1u

#include "endpoint/endpoint.c"

enum { SLOTS = 3 };

static struct ikl_endpoint endpoint;
static struct ikl_schedule schedule;
static struct ikl_sa sas[SLOTS];
static struct ikl_blocked before;
static bool is_tried[SLOTS];
static uint32_t blocked_again = IKL_NONE;
static ikl_time now;

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.sas && index < ikl_slab_n_chunks(slab) * IKL_SLAB_CHUNK);
    return &sas[index];
}

/* Of all, or of those that follow each other from the first on. */
static bool waits(const struct ikl_blocked *blocked, uint32_t index)
{
    return blocked->n == UINT32_MAX || (index >= blocked->from && index - blocked->from < blocked->n);
}

/* The range is of IKE SAs that there are. */
static bool is_valid(void)
{
    const struct ikl_blocked *blocked = &endpoint.blocked;
    uint32_t n_slots = ikl_slab_n_chunks(&endpoint.sas) * IKL_SLAB_CHUNK;

    return blocked->n == 0 ||
           (blocked->from < n_slots && (blocked->n == UINT32_MAX || blocked->n <= n_slots - blocked->from));
}

/* One that there is. */
static uint32_t any_slot(void)
{
    return (uint32_t)any_up_to(endpoint.sas.n_chunks * IKL_SLAB_CHUNK - 1);
}

/* As run_chances proves. */
bool ikl_run_blocked(struct ikl_run *run, ikl_time at)
{
    prove(at == now);
    return run->blocked || nondet_bool();
}

/* As chances proves: the requests go out, or one of them is blocked once more. */
void ikl_request_writable(struct ikl_sa *sa, ikl_time at)
{
    prove(at == now && waits(&before, sa->self) && !is_tried[sa->self] && blocked_again == IKL_NONE);
    is_tried[sa->self] = true;
    if (nondet_bool()) {
        endpoint.counters.blocked++;
        blocked_again = ikl_request_has_to_wait(sa, &sa->probe, now) ? sa->self : IKL_NONE;
        suppose(blocked_again != IKL_NONE);
    }
}

void ikl_sa_rearm(struct ikl_sa *sa, ikl_time at)
{
    prove(at == now && is_tried[sa->self]);
}

#if defined(BLOCKED)
static void happen(struct ikl_sa *sa, uint32_t watched)
{
    bool has_blocked = endpoint.has_blocked;
    bool has_to_wait = ikl_request_has_to_wait(sa, &sa->probe, now);

    prove(!waits(&before, watched) || waits(&endpoint.blocked, watched));
    if (has_to_wait) {
        prove(endpoint.has_blocked && waits(&endpoint.blocked, sa->self));
    } else {
        prove(endpoint.has_blocked == has_blocked && endpoint.blocked.n == before.n);
    }
}
#else
static void happen(struct ikl_sa *sa, uint32_t watched)
{
    (void)sa;
    go_on(&endpoint, now);
    if (blocked_again == IKL_NONE) {
        prove(endpoint.blocked.n == 0);
        prove(!waits(&before, watched) || is_tried[watched] || !is_in_use(&sas[watched]));
    } else {
        prove(endpoint.blocked.from == blocked_again && waits(&endpoint.blocked, blocked_again));
        prove(!waits(&before, watched) || is_tried[watched] || !is_in_use(&sas[watched]) ||
              waits(&endpoint.blocked, watched));
    }
}
#endif

int main(void)
{
    uint32_t watched;

    endpoint.sas.n_chunks = 1 + (uint32_t)any_up_to(SLOTS - 1);
    endpoint.blocked = before = (struct ikl_blocked){nondet_u32(), nondet_u32()};
    watched = any_slot();
    suppose(is_valid());
    endpoint.has_blocked = nondet_bool();
    now = nondet_u64();
    for (uint32_t i = 0; i < SLOTS; i++) {
        sas[i].endpoint = &endpoint;
        sas[i].probe.run.schedule = i == watched || nondet_bool() ? &schedule : NULL; /* a free one has none */
        sas[i].self = i;
        sas[i].probe.run.blocked = nondet_bool();
    }
    happen(&sas[watched], any_slot());
    prove(is_valid());
    return 0;
}
