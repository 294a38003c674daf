/* SPDX-License-Identifier: ISC */
/* Whatever gives requests of ours another chance between ticks (the host can write again, the peer was heard, the path
 * moved or is there again, the host says so), each of them goes out once at most, in the order of Message IDs, when it
 * waits for an answer and its latest attempt was told, unless it was blocked: as the octets that were stored, or made
 * again from what it has. It stays what it is, with its Message ID, and none ends; no window and no IV moves; each
 * stays valid, and the timer is set anew when a deadline has moved. Of what waits to be written only what was blocked
 * goes out; for what is heard only the oldest, and not while the IKE SA is set up or deleted. What blocks now and did
 * not before is not forgotten; for the rest see blocked.
 *
 * bounds: one request besides the probe, a turn each ms. By contract: runs (see run_chances), making a request again,
 * with its own IV (see resent), and smaller fragments for a narrower path
 * each: -DHEARD
 * long: -DWRITABLE -DRECONNECTED -DRESENT -DMOVED
 * with: policy/window.c sa/blocked.c sa/heirs.c sa/requests.c sa/retransmission.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4 --unwindset is_same.0:30
 * fault: -DHEARD lib/sa/retransmission.c s/ || !counts_evidence(sa) ||/ ||/
 * fault: -DMOVED lib/sa/retransmission.c s/leaves = leaves && !request->attempt_untold;//
 * fault: -DMOVED lib/sa/blocked.c s/^    await_writable(sa);//
 * fault: -DWRITABLE lib/sa/retransmission.c s/ \&\& sa->endpoint->counters.blocked == before;/;/
 * fault: -DRESENT lib/sa/retransmission.c s/ && !ikl_is_reliable(request->run.reliable)) {/) {/
 * fault: -DRECONNECTED lib/sa/retransmission.c s/^    ikl_sa_set_due(sa);// */
#define ONE_REQUEST
#include "ike_sa.h"

#include "sa/noted.h"

enum { N = 2, NARROW = 2 }; /* the probe is the last; the body that a request has stored has its number */

static struct ikl_schedule schedule;
static ikl_time now;
static unsigned n_sent[N], n_sends;
static uint32_t made, last_id; /* N: none was made */
static bool is_narrow[N];      /* it was cut anew */
static bool is_pace_free;

static struct ikl_request *request_of(unsigned which)
{
    return which == 0 ? &first_request.request : &ike_sa.probe;
}

static const struct ikl_request *before_of(unsigned which)
{
    return which == 0 ? &first_before.request : &before.probe;
}

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    (void)slab;
    (void)index;
    prove(false);
    return NULL;
}

/* Runs, as run_chances proves: what they say keeps them valid and out, as the same request. */
static void chance(struct ikl_run *run, ikl_time at)
{
    struct ikl_run any;

    prove(ikl_run_is_out(run) && at == now);
    any.message_id = run->message_id;
    any.schedule = run->schedule;
    any.reliable = run->reliable;
    any.blocked = false;
    *run = any;
    suppose(ikl_run_is_valid(run) && ikl_run_is_out(run));
}

void ikl_run_set_reliable(struct ikl_run *run, bool reliable)
{
    prove(ikl_run_is_out(run));
    run->reliable = reliable;
}

enum ikl_run_step ikl_run_moved(struct ikl_run *run, bool followed, ikl_time at, uint32_t random)
{
    (void)random;
    prove(run->reliable == ike_sa.path.reliable);
    if (followed && !run->reliable && nondet_bool()) {
        return IKL_RUN_WAIT;
    }
    chance(run, at);
    return IKL_RUN_SEND;
}

void ikl_run_reconnected(struct ikl_run *run, ikl_time at)
{
    prove(run->reliable);
    chance(run, at);
}

void ikl_run_resend(struct ikl_run *run, ikl_time at)
{
    prove(!run->reliable);
    chance(run, at);
}

enum ikl_run_step ikl_run_heard(struct ikl_run *run, ikl_time at, uint32_t random)
{
    (void)random;
    prove(is_pace_free);
    if (run->blocked || run->reliable || nondet_bool()) {
        return IKL_RUN_WAIT;
    }
    chance(run, at);
    return IKL_RUN_SEND;
}

bool ikl_run_blocked(struct ikl_run *run, ikl_time at)
{
    if (!run->blocked && nondet_bool()) {
        return false;
    }
    chance(run, at);
    run->blocked = true;
    suppose(ikl_run_is_valid(run));
    return true;
}

void ikl_run_left(struct ikl_run *run, ikl_time at)
{
    if (run->blocked) {
        chance(run, at);
    }
}

ikl_time ikl_after(ikl_time time, uint64_t delay)
{
    (void)time;
    (void)delay;
    return nondet_u64();
}

/* It goes out, and waits for an answer. */
static int send(unsigned which)
{
    const struct ikl_request *request = request_of(which);
    int result = nondet_int();

    prove(request->state == IKL_REQUEST_SENT && n_sent[which] == 0);
    prove(before_of(which)->run.blocked || !before_of(which)->attempt_untold);
    prove(n_sends == 0 || last_id < request->run.message_id);
    last_id = request->run.message_id;
    n_sent[which]++;
    n_sends++;
    endpoint.counters.blocked += result == IKL_ERR_BLOCKED ? 1 : 0;
    return result;
}

int ikl_sa_transmit_stored(struct ikl_sa *sa, const struct ikl_path *path, uint32_t body)
{
    unsigned which = body & (NARROW - 1);

    prove(sa == &ike_sa && path == &ike_sa.path && which < N &&
          body == which + (is_narrow[which] ? (unsigned)NARROW : 0));
    prove(before_of(which)->stored == which);
    return send(which);
}

void ikl_sa_refit(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *stored)
{
    unsigned which = *stored;

    prove(sa == &ike_sa && path == &ike_sa.path && ike_sa.narrowed && which < N);
    prove(stored == &request_of(which)->stored && n_sent[which] == 0);
    is_narrow[which] = nondet_bool();
    *stored += is_narrow[which] ? (unsigned)NARROW : 0;
}

/* It is made again, from what it has. */
static int make(unsigned which)
{
    prove(before_of(which)->stored == IKL_NONE && made == N);
    if (nondet_bool()) {
        return IKL_ERR_CRYPTO;
    }
    made = which;
    return IKL_OK;
}

int ikl_sa_seal_probe(struct ikl_sa *sa, uint32_t message_id, size_t *len)
{
    (void)len;
    prove(sa == &ike_sa && ike_sa.probe.kind == IKL_REQUEST_PROBE && message_id == before.probe.run.message_id);
    return make(1);
}

int ikl_sa_make_request_again(struct ikl_sa *sa, const struct ikl_own_request *own, size_t *len)
{
    (void)len;
    prove(sa == &ike_sa && own == &first_request);
    return make(0);
}

int ikl_sa_make_delete_again(struct ikl_sa *sa, size_t *len)
{
    (void)len;
    prove(sa == &ike_sa && ike_sa.probe.kind == IKL_REQUEST_DELETE_SA);
    return make(1);
}

int ikl_sa_make_sync_again(struct ikl_sa *sa, size_t *len)
{
    (void)len;
    prove(sa == &ike_sa && ike_sa.probe.kind == IKL_REQUEST_SYNC);
    return make(1);
}

int ikl_endpoint_transmit(struct ikl_endpoint *of, struct ikl_sa *sa, const struct ikl_path *path, size_t len)
{
    unsigned which = made;

    (void)len;
    prove(of == &endpoint && sa == &ike_sa && path == &ike_sa.path && which < N);
    made = N;
    return send(which);
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *of)
{
    prove(of == &endpoint && schedule.jitter != 0 && !ike_sa.path.reliable);
    return nondet_u32();
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    prove(sa == &ike_sa && fact == IKL_FACT_ATTEMPT);
}

void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && (event.kind == IKL_EVENT_RETRANSMITTED || event.kind == IKL_EVENT_PROBED ||
                            event.kind == IKL_EVENT_REQUESTED || event.kind == IKL_EVENT_SEND_FAILED));
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.at == now);
}

static void have_any_run(unsigned which)
{
    struct ikl_request *request = request_of(which);

    request->run.schedule = &schedule;
    suppose(request->cause <= IKL_ATTEMPT_RECONNECTED);
    suppose(request->stored == which || request->stored == IKL_NONE);
}

static void have_any_endpoint(void)
{
    struct ikl_batch batch;

    endpoint.marks_attempts = nondet_bool();
    endpoint.batch = batch;
    endpoint.exhaustion_margin = nondet_u32();
    endpoint.blocked = (struct ikl_blocked){nondet_u32(), nondet_u32()};
    schedule.jitter = nondet_u16();
    endpoint.retransmissions = (struct ikl_pace){nondet_bool() ? 1000 : 0, 0, nondet_u64()};
    is_pace_free = endpoint.retransmissions.interval_us == 0 || endpoint.retransmissions.next <= now;
    suppose(ike_sa.self != IKL_NONE);
    made = N;
}

/* The endpoint will try the IKE SA again. */
static bool is_remembered(void)
{
    const struct ikl_blocked *blocked = &endpoint.blocked;

    return endpoint.has_blocked && (blocked->n == UINT32_MAX || (uint64_t)ike_sa.self - blocked->from < blocked->n);
}

static void check(unsigned which)
{
    const struct ikl_request *request = request_of(which), *then = before_of(which);
    const struct ikl_run *run = &request->run;

    prove(request->state == then->state && request->kind == then->kind && run->message_id == then->run.message_id);
    prove(request->ended == then->ended && request->outcome_untold == then->outcome_untold);
    prove(request->given_up == then->given_up && (is_narrow[which] || request->stored == then->stored));
    prove(run->deadline == then->run.deadline || (ike_sa.due && then->state == IKL_REQUEST_SENT));
    prove(!run->blocked || then->run.blocked || is_remembered());
    prove(ikl_sa_request_is_valid(&ike_sa, request));
#if defined(WRITABLE)
    prove(n_sent[which] == 0 || then->run.blocked);
#elif defined(HEARD)
    prove(n_sent[which] == 0 || ikl_sa_oldest(&ike_sa) == request);
    prove(n_sent[which] == 0 || ike_sa.state == IKL_SA_ESTABLISHED || ike_sa.state == IKL_SA_REKEYED);
#elif defined(RESENT)
    prove(n_sent[which] == 0 || !then->run.reliable);
#else
    prove(then->state != IKL_REQUEST_SENT || !then->attempt_untold || !run->reliable);
#endif
}

static void happen(void)
{
#if defined(WRITABLE)
    ikl_request_writable(&ike_sa, now);
#elif defined(HEARD)
    ikl_request_heard(&ike_sa, now);
    prove(n_sends <= 1);
#elif defined(MOVED)
    bool leave = nondet_bool();

    ikl_request_moved(&ike_sa, nondet_bool(), leave, now);
    prove(leave || n_sends == 0);
#elif defined(RECONNECTED)
    bool leave = nondet_bool();

    ikl_request_reconnected(&ike_sa, leave, now);
    prove(leave || n_sends == 0);
#else
    ikl_request_resend(&ike_sa, now);
    prove(!ike_sa.resend);
#endif
}

int main(void)
{
    uint64_t n_blocked;

    now = nondet_u64();
    have_any_ike_sa();
    have_any_endpoint();
    for (unsigned which = 0; which < N; which++) {
        have_any_run(which);
    }
    before = ike_sa;
    first_before = first_request;
    n_blocked = endpoint.counters.blocked;
    happen();
    for (unsigned which = 0; which < N; which++) {
        check(which);
    }
#if defined(WRITABLE)
    prove(endpoint.counters.blocked - n_blocked <= 1);
#endif
    prove(ike_sa.state == before.state && ike_sa.iv.next == before.iv.next);
    prove(is_same(&ike_sa.send_window, &before.send_window, sizeof(before.send_window)));
    prove(is_same(&ike_sa.receive_window, &before.receive_window, sizeof(before.receive_window)));
    return 0;
}
