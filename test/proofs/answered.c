/* SPDX-License-Identifier: ISC */
/* When a request of ours is answered, it ends and no other does: one of the host's with its outcome, once. Our window
 * opens by its Message ID and no other. The peer was heard now, which is never earlier than before. The answer to our
 * Delete of Child SAs ends those, that to our Delete of the IKE SA ends it, and so does INVALID_SYNTAX; else what
 * waited may go out. The IKE SA stays valid.
 *
 * bounds: two requests besides the probe, a window of four at most, no Child SA. What follows is by contract: going
 * along another path, sending what waited, the end. As incoming.c sees to, the request was sent, and Message IDs are
 * not being synchronised
 * each: -DSECOND
 * long: -DFIRST -DPROBE
 * with: policy/window.c sa/answered.c sa/heirs.c sa/request.c sa/requests.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4 --unwindset is_same.0:30,ikl_window_answered.0:6
 * fault: -DSECOND lib/sa/answered.c s/^    ikl_window_answered(/    ikl_sa_pump(sa, now);\n&/
 * fault: -DSECOND lib/sa/answered.c s/^    sa->counters.answered++;/    sa->send_window.unanswered++;\n&/
 * fault: -DSECOND lib/sa/evidence.h s/ikl_idle_heard(&sa->idle, now)/sa->idle.heard = now/
 * fault: -DSECOND lib/sa/request.c s/ && !request->silenced) {/) {/
 * fault: -DPROBE lib/sa/answered.c s/kind == IKL_REQUEST_DELETE_SA/sa->state == IKL_SA_DELETING/ */
#include "ike_sa.h"

#define ikl_is_same_path ikl_is_same_path_by_octets
#include "sa/address.h"
#undef ikl_is_same_path
bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b);

#include "sa/ending.h"
#include "sa/evidence.h"
#include "sa/hand.h"
#include "sa/move.h"
#include "sa/reachability.h"
#include "sa/request.h"

static struct ikl_group group;
#if defined(PROBE)
static struct ikl_request *const request = &ike_sa.probe; /* the one that is answered */
#elif defined(FIRST)
static struct ikl_request *const request = &first_request.request;
#else
static struct ikl_request *const request = &second_request.request;
#endif
static struct ikl_message message;
static struct ikl_path path;
static struct ikl_request was; /* as it was */
static ikl_time now;
static uint16_t error;
static bool is_forgotten, is_ended, goes_on;
static unsigned n_outcomes, n_claims, n_downs, n_told;

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    (void)slab;
    (void)index;
    prove(false);
    return NULL;
}

bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    prove(a == &path && b == &ike_sa.path);
    return nondet_bool();
}

/* What follows, by contract, comes when the request has ended. */
static void follow(const struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now && !is_ended);
    prove(request->state != IKL_REQUEST_SENT && !ikl_send_window_awaits(&sa->send_window, was.run.message_id));
    prove(sa->last_message == now);
}

uint16_t ikl_chain_error(uint8_t first, struct ikl_octets octets)
{
    prove(first == message.opened.first_payload && octets.data == message.opened.plaintext.data);
    error = nondet_u16();
    return error;
}

int ikl_sa_check_answer(const struct ikl_message *checked, bool of_host)
{
    prove(checked == &message && of_host == (was.kind == IKL_REQUEST_HOST));
    return nondet_int();
}

struct ikl_alive *ikl_hand_alive(struct ikl_sa *sa, const struct ikl_request *answered)
{
    prove(sa == &ike_sa && answered == request && request->state == IKL_REQUEST_SENT);
    n_told++;
    return &endpoint.hand.alive;
}

const struct ikl_int_auth *ikl_hand_int_auth(struct ikl_sa *sa, const struct ikl_message *told)
{
    (void)sa;
    prove(told == &message && was.exchange_type == IKL_IKE_INTERMEDIATE);
    return NULL;
}

bool ikl_run_round_trip(const struct ikl_run *run, ikl_time at, uint64_t *ms)
{
    prove(run == &request->run && request == &ike_sa.probe && at == now);
    *ms = nondet_u64();
    return nondet_bool();
}

void ikl_round_trip_sample(struct ikl_round_trip *round_trip, uint64_t ms)
{
    struct ikl_round_trip any;

    (void)ms;
    *round_trip = any;
    suppose(ikl_round_trip_is_valid(round_trip));
}

void ikl_endpoint_count_round_trip(struct ikl_endpoint *counting, uint64_t ms)
{
    (void)ms;
    prove(counting == &endpoint);
}

void ikl_history_add_answer(struct ikl_sa *sa, uint32_t message_id, uint32_t sends, ikl_time at)
{
    (void)sa;
    prove(message_id == was.run.message_id && sends == ikl_run_times_sent(&was.run) && at == now);
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    prove(sa == &ike_sa && (fact == IKL_FACT_OUTCOME || (fact == IKL_FACT_OUTAGE && group.told)));
    n_outcomes += fact == IKL_FACT_OUTCOME ? 1 : 0;
}

/* What the request holds. */
void ikl_sa_mark_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    prove(sa == &ike_sa && &own->request == request && request->state == IKL_REQUEST_SENT);
    n_claims++;
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    (void)sa;
    prove(&own->request == request);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    (void)sa;
    prove(&own->request == request);
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    (void)sa;
    prove(body == was.stored || body == IKL_NONE);
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests && ikl_request_at(&endpoint, index)->request.state == IKL_REQUEST_ENDED);
    prove(&ikl_request_at(&endpoint, index)->request == request && !is_forgotten);
    is_forgotten = true;
}

void ikl_sa_heard_from_elsewhere(struct ikl_sa *sa, const struct ikl_path *along, ikl_time at)
{
    follow(sa, at);
    prove(along == &path);
}

void ikl_sa_change_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time at)
{
    follow(sa, at);
    prove(reachability == IKL_REACHABILITY_UP && error != IKL_NOTIFY_INVALID_SYNTAX);
}

void ikl_sa_marked_down(struct ikl_sa *sa, enum ikl_down_reason reason)
{
    follow(sa, now);
    prove(reason == IKL_DOWN_CLOSED && n_claims == 1);
    n_downs++;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    follow(sa, at);
    prove(was.kind == IKL_REQUEST_DELETE_SA && error != IKL_NOTIFY_INVALID_SYNTAX && given_up == NULL);
    prove(reason == (sa->state == IKL_SA_REKEYED ? IKL_DOWN_REKEYED : IKL_DOWN_CLOSED));
    is_ended = true;
}

void ikl_sa_end_on_syntax(struct ikl_sa *sa, ikl_time at)
{
    follow(sa, at);
    prove(error == IKL_NOTIFY_INVALID_SYNTAX);
    is_ended = true;
}

void ikl_request_writable(struct ikl_sa *sa, ikl_time at)
{
    follow(sa, at);
    goes_on = true;
}

void ikl_sa_tick_held(struct ikl_sa *sa, ikl_time at)
{
    follow(sa, at);
    prove(goes_on);
}

void ikl_sa_pump(struct ikl_sa *sa, ikl_time at)
{
    follow(sa, at);
    prove(goes_on);
}

void ikl_request_heard(struct ikl_sa *sa, ikl_time at)
{
    follow(sa, at);
    prove(goes_on && ikl_sa_is_waiting(sa));
}

static bool is_listed(const struct ikl_request *one)
{
    return one == &first_request.request ? ike_sa.first_request == 0
                                         : (ike_sa.first_request == 0 ? first_request.next : ike_sa.first_request) == 1;
}

static void have_any_answer(void)
{
    struct ikl_message any;

    was = *request;
    suppose(request->state == IKL_REQUEST_SENT && request->run.first_sent != IKL_NEVER);
    suppose(!ikl_sa_is_syncing(&ike_sa));
    path = any_path();
    message = any;
    message.path = &path;
    message.answered = request;
    message.opened.header.message_id = request->run.message_id;
    now = nondet_u64();
    suppose(now != IKL_NEVER);
}

/* The request has ended, and is to be told when it is the host's. */
static void check_request(void)
{
    bool is_probe = request == &ike_sa.probe, is_host = was.kind == IKL_REQUEST_HOST;

    prove(request->state != IKL_REQUEST_SENT && request->state != IKL_REQUEST_QUEUED);
    prove(n_outcomes == (is_host && !was.silenced ? 1 : 0));
    prove(n_outcomes == 0 || (request->ended == IKL_OUTCOME_ANSWERED && request->outcome_untold && !is_forgotten));
    prove(is_probe || is_listed(request) != is_forgotten);
    prove(n_told == (is_host || endpoint.callbacks.alive != NULL ? 1 : 0));
    prove(n_claims == (was.kind == IKL_REQUEST_DELETE_CHILDREN ? 1 : 0) && n_downs == n_claims);
}

/* Another request is as it was, but for its place in the list. */
static void check_other(struct ikl_own_request *then, const struct ikl_own_request *own)
{
    then->next = own->next;
    prove(is_same(then, own, sizeof(*own)));
}

static void check_others(void)
{
    if (request != &first_request.request) {
        check_other(&first_before, &first_request);
    }
    if (request != &second_request.request) {
        check_other(&second_before, &second_request);
    }
    prove(request == &ike_sa.probe || is_same(&ike_sa.probe, &before.probe, sizeof(before.probe)));
}

static void check_windows(void)
{
    const struct ikl_send_window *window = &ike_sa.send_window, *then = &before.send_window;
    uint32_t watched = nondet_u32();

    prove(window->next == then->next && window->size == then->size);
    prove(ikl_send_window_awaits(window, watched) ==
          (ikl_send_window_awaits(then, watched) && watched != was.run.message_id));
    prove(is_same(&ike_sa.receive_window, &before.receive_window, sizeof(ike_sa.receive_window)));
}

int main(void)
{
    have_any_ike_sa();
    endpoint.groups = &group;
    group.told = group.out = nondet_bool();
    suppose(first_request.self == 0 && second_request.self == 1);
    suppose(ike_sa.group == 0 && ike_sa.send_window.size <= 4 && ikl_sa_all_is_awaited(&ike_sa));
    have_any_answer();
    ikl_sa_answered(&ike_sa, &message, now);
    prove(ikl_sa_is_valid(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
    check_request();
    check_others();
    check_windows();
    prove(ike_sa.last_message == now && ike_sa.idle.heard == ikl_time_later(before.idle.heard, now));
    prove(ike_sa.state == before.state && ike_sa.counters.answered == before.counters.answered + 1);
    prove(is_ended == (was.kind == IKL_REQUEST_DELETE_SA || error == IKL_NOTIFY_INVALID_SYNTAX));
    prove(!goes_on || !is_ended);
    return 0;
}
