/* SPDX-License-Identifier: ISC */
/* When another IKE SA takes the place of one, that is refused, and nothing moves; or its Child SAs are the other's,
 * with the Deletes of ours that name them; what waits to be sent waits in the other's queue, in order, with its body;
 * what was sent stays. Those whose heir it was have the other as their heir, and so has it. It is REKEYED, its Delete
 * is held, and both are as valid as before.
 *
 * Put in by contract: what goes out then, as pump proves; the lists of Child SAs; the timer.
 *
 * bounds: two requests, which the one has, or each has one; two Child SAs, which the one has; a third IKE SA, whose
 *     heir it is
 * with: base.c policy/window.c sa/heirs.c sa/host_requests.c sa/requests.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: lib/sa/rekey.c s/^ *ikl_sa_move_queued(sa, replacement);//
 * fault: lib/sa/rekey.c s/^ *ikl_sa_move_forebears(sa, replacement);//
 * fault: lib/sa/host_requests.c s/^ *ikl_sa_move_body(from, to, own->request.stored);//
 * fault: lib/sa/requests.c s/^ *own->next = IKL_NONE;//
 * fault: lib/sa/rekey.c s/ikl_sa_may(sa, IKL_SA_REPLACE) \&\& //
 * fault: lib/sa/own_delete.c s/^ *sa->probe.wait = wait;// */
#include "heirs.h"

#define ikl_sa_evidence ikl_sa_evidence_of_children
#include "sa/evidence.h"
#undef ikl_sa_evidence
ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now);

#define ikl_is_same_path ikl_is_same_path_by_octets
#include "sa/address.h"
#undef ikl_is_same_path
bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b);

#include "sa/protect.h"
#include "sa/request.h"

#define ikl_sa_pump ikl_sa_pump_all
#define ikl_sa_tick_held ikl_sa_tick_held_delete
#include "sa/own_delete.c"
#undef ikl_sa_pump
#undef ikl_sa_tick_held
void ikl_sa_pump(struct ikl_sa *sa, ikl_time now);
void ikl_sa_tick_held(struct ikl_sa *sa, ikl_time now);

#define check check_both
#include "sa/rekey.c"
#undef check

static struct ikl_schedule schedule, heir_schedule;
static struct ikl_child *last_of_heir;
static bool is_moved[2], has_state; /* a body; the new state is told */
static unsigned n_pumped, n_held, n_armed;
static ikl_time now, heard;
static bool has_both; /* requests: else the second is the replacement's */

ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now);
    heard = nondet_u64();
    suppose(heard >= ike_sa.idle.heard && heard != IKL_NEVER);
    return heard;
}

bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    prove(a == &ike_sa.path && b == &heir.path);
    return nondet_bool();
}

/* From the one list to the end of the other. */
void ikl_sa_move_child(struct ikl_sa *from, struct ikl_sa *to, struct ikl_child *child)
{
    prove(from == &ike_sa && to == &heir && child == child_at(ike_sa.first_child));
    ike_sa.first_child = child->in_sa.next;
    if (last_of_heir == NULL) {
        heir.first_child = child->self;
        child->in_sa.previous = child->self;
    } else {
        last_of_heir->in_sa.next = child->self;
        child->in_sa.previous = last_of_heir->self;
        child_at(heir.first_child)->in_sa.previous = child->self;
    }
    child->in_sa.next = IKL_NONE;
    child->owner = heir.self + 1;
    last_of_heir = child;
}

void ikl_sa_move_body(struct ikl_sa *from, struct ikl_sa *to, uint32_t body)
{
    prove(from == &ike_sa && to == &heir && (body <= 1 || body == IKL_NONE));
    if (body != IKL_NONE) {
        prove(!is_moved[body]);
        is_moved[body] = true;
    }
}

void ikl_share_leave(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && sa->state == IKL_SA_ESTABLISHED);
}

void ikl_share_enter(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && sa->state == IKL_SA_REKEYED);
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.kind == IKL_EVENT_STATE);
}

void ikl_sa_mark_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    prove(sa == &ike_sa && state == IKL_SA_REKEYED && !has_state);
    has_state = true;
}

/* What goes out comes when all has moved. */
void ikl_sa_tick_held(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now && sa->state == IKL_SA_REKEYED && ikl_sa_delete_state(sa) == IKL_DELETE_HELD);
    n_held++;
}

void ikl_sa_pump(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &heir && at == now && n_held == 1);
    n_pumped++;
}

void ikl_sa_rearm(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &heir && at == now && n_pumped == 1);
    n_armed++;
}

/* A Delete of its own names a Child SA of its own. */
static bool is_claim(const struct ikl_own_request *own)
{
    uint32_t first = ike_sa.first_child, child = own->first_child;

    return child == IKL_NONE || child == first || (first != IKL_NONE && child_at(first)->in_sa.next == child);
}

static void have_any_lists(void)
{
    has_both = nondet_bool();
    if (!has_both) {
        first_request.next = IKL_NONE;
    }
    heir.first_request = has_both ? IKL_NONE : none_or(1);
    first_request.request.run.schedule = second_request.request.run.schedule = &schedule;
    ike_sa.probe.run.schedule = &schedule;
    heir.probe.run.schedule = &heir_schedule;
    heir.first_child = IKL_NONE;
    have_any_children(&ike_sa.first_child);
    if (heir.first_request != IKL_NONE) {
        second_request.first_child = IKL_NONE;
    }
    suppose(is_claim(&first_request) && is_claim(&second_request));
}

static bool was_waiting(const struct ikl_own_request *was)
{
    return has(was == &first_before ? &first_request : &second_request) && was->request.state == IKL_REQUEST_QUEUED;
}

/* Those that waited are in the heir's list, the first before the second; others are where they were. */
static void check_lists(void)
{
    bool first = was_waiting(&first_before), second = has_both && was_waiting(&second_before);
    bool has_first = before.first_request != IKL_NONE, has_second = has_first && first_before.next != IKL_NONE;
    uint32_t at = heir.first_request;

    if (!has_both && at != IKL_NONE && !first) {
        prove(at == 1 && second_request.next == IKL_NONE);
    } else if (!has_both && at == 1) {
        prove(second_request.next == 0 && first_request.next == IKL_NONE);
    } else {
        prove(at == (first ? 0u : second ? 1u : IKL_NONE));
        prove(!first || first_request.next == (second ? 1u : IKL_NONE));
    }
    prove(ike_sa.first_request == (has_first && !first ? 0u : has_second && !second ? 1u : IKL_NONE));
    prove(is_moved[0] == (first && first_before.request.stored != IKL_NONE));
    prove(is_moved[1] == (second && second_before.request.stored != IKL_NONE));
    prove(!first || first_request.request.own_schedule || first_request.request.run.schedule == &heir_schedule);
}

static void check_moved(uint32_t first_child)
{
    prove(ike_sa.first_child == IKL_NONE && heir.first_child == first_child);
    prove(first_child == IKL_NONE || child_at(first_child)->owner == heir.self + 1);
}

int main(void)
{
    bool we_delete = nondet_bool();
    uint32_t wait = nondet_u32(), first_child, forebear;
    int result;

    have_any_ike_sa();
    have_any_heirs(false);
    heir.heir = heir.first_forebear = IKL_NONE;
    ike_sa.first_forebear = none_or(2);
    other.heir = 0;
    other.next_forebear = IKL_NONE;
    have_any_lists();
    suppose(heir.state < IKL_SA_DYING && ike_sa.state < IKL_SA_DYING);
    suppose(ike_sa.probe.kind != IKL_REQUEST_DELETE_SA || ikl_sa_is_ours_to_end(&ike_sa));
    suppose(ikl_sa_is_valid(&ike_sa) && ikl_sa_claims_are_valid(&ike_sa) && ikl_sa_is_valid(&heir));
    keep_before();
    first_child = ike_sa.first_child;
    forebear = ike_sa.first_forebear;
    now = nondet_u64();
    result = ikl_decide_replace(&ike_sa, &heir, we_delete, wait, now);
    if (result == IKL_OK) {
        prove(before.state == IKL_SA_ESTABLISHED && heir.state == IKL_SA_ESTABLISHED && n_armed == 1 && has_state);
        prove(ike_sa.heir == 1 && (forebear == IKL_NONE || other.heir == 1));
        prove(ike_sa.probe.wait == wait && ike_sa.until == (we_delete ? now : ikl_time_after(now, wait)));
        prove(heir.idle.heard >= heard);
        check_moved(first_child);
        check_lists();
        prove(ikl_sa_is_valid(&ike_sa));
        prove(ikl_sa_claims_are_valid(&ike_sa));
        prove(ikl_sa_is_valid(&heir));
        prove(ikl_sa_claims_are_valid(&heir));
    } else {
        prove(!has_state && n_armed == 0 && ike_sa.state == before.state && ike_sa.heir == before.heir);
        prove(ike_sa.first_request == before.first_request && ike_sa.first_child == before.first_child);
    }
    return 0;
}
