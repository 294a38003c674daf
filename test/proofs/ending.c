/* SPDX-License-Identifier: ISC */
/* Whatever ends an IKE SA, it becomes DYING, and never lives again. Each request of the host's that had no outcome
 * gets one, just once: timed out is that which ran out of tries, gone are the others; what had one keeps it. Only a
 * Delete of Child SAs that moved to an heir goes on, and is to be handed on. Its place in the table of SPIs, its
 * timer, responses, fragments, keys and what it has beside itself are given back, each once, in an order in which each
 * is still found; the heirs of other IKE SAs stay theirs. The end is marked with its reason, and DOWN unless another
 * took its place. What the host frees ends in that way just when it lives, and is put on the list of the freed; what
 * is DYING and told becomes DEAD, and has nothing any more that is not given back.
 *
 * bounds: two requests besides the probe, two Child SAs, of which a Delete names one at most; with an heir or as the
 * heir of others, two IKE SAs besides it; That what is freed was not freed before, and that only what lives is ended,
 * is up to other callers
 * with: sa/heirs.c sa/marks.c sa/request.c sa/requests.c sa/state.c policy/window.c
 * each: -DEND
 * long: -DFREE -DFINISH
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3
 * fault: lib/sa/teardown.c s/== given_up ? IKL_OUTCOME_TIMED_OUT/!= given_up ? IKL_OUTCOME_TIMED_OUT/
 * fault: lib/sa/teardown.c s/own->request.state != IKL_REQUEST_ENDED && follows/false \&\& follows/
 * fault: lib/sa/teardown.c s/^ *ikl_sa_wipe_keys(sa);//
 * fault: lib/sa/heirs.c s/sa->heir == IKL_NONE && sa->first_forebear/sa->first_forebear/
 * fault: -DFREE lib/sa/teardown.c s/if (ikl_sa_may(sa, IKL_SA_END))/if (true)/
 * fault: -DFINISH lib/sa/teardown.c s/^ *ikl_request_tidy(sa, given_up);// */
#include "heirs.h"

#include "sa/evidence.h"
#include "sa/request.h"
#include "sa/teardown.c"

enum {
    SPI = 1,
    TIMER = 2,
    RESPONSES = 4,
    FRAGMENTS = 8,
    TOKEN = 16,
    KEPT = 32,
    SYNC = 64,
    KEY_CHANGE = 128,
    KEYS = 256,
    HAND = 512,
    IN_HISTORY = 1024,
    ALL = 2047,
    PLACE = 2048
};

static unsigned given_back; /* bits of those */
static uint32_t first_freed;
static bool has_left_group, has_dropped_keying, has_given_extra;
static unsigned n_downs, n_dropped[3];

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    if (slab == &endpoint.extras) {
        prove(index == ike_sa.extra && !has_given_extra);
        has_given_extra = true;
        return;
    }
    if (slab == &endpoint.sas) {
        prove(index == 0 && has_dropped_keying);
        given_back |= PLACE;
        return;
    }
    prove(slab == &endpoint.requests);
    forget_request(index);
}

/* It is given back once, while the IKE SA still has its keys, by which some of it is found. */
static void give_back(const struct ikl_sa *sa, unsigned what)
{
    prove(sa == &ike_sa && (given_back & what) == 0 && (given_back & KEYS) == 0);
    prove(ike_sa.state == before.state && ike_sa.keys == before.keys);
    given_back |= what;
}

void ikl_spi_table_remove(struct ikl_spi_table *table, uint64_t spi, uint32_t index)
{
    prove(table == &endpoint.spis && spi == ikl_sa_own_spi(&ike_sa) && index == 0);
    give_back(&ike_sa, SPI);
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    prove(wheel == endpoint.wheel && timer == 0);
    give_back(&ike_sa, TIMER);
    return nondet_bool();
}

void ikl_key_change_end(struct ikl_sa *sa)
{
    give_back(sa, KEY_CHANGE);
}

void ikl_sa_release_responses(struct ikl_sa *sa)
{
    give_back(sa, RESPONSES);
    sa->first_response = IKL_NONE;
}

void ikl_sa_drop_fragments(struct ikl_sa *sa)
{
    give_back(sa, FRAGMENTS);
}

void ikl_sa_forget_sync(struct ikl_sa *sa)
{
    give_back(sa, SYNC);
    ikl_sa_clear_rare(sa, IKL_RARE_SYNC);
}

void ikl_beside_remove(struct ikl_beside *beside, uint64_t spi)
{
    prove((beside == &endpoint.tokens || beside == &endpoint.kept) && spi == ikl_sa_own_spi(&ike_sa));
    give_back(&ike_sa, beside == &endpoint.kept ? KEPT : TOKEN);
}

void ikl_sa_wipe_keys(struct ikl_sa *sa)
{
    give_back(sa, KEYS);
    sa->keys = IKL_NONE;
}

/* It has all that an answer is made of. */
void ikl_sa_bury(struct ikl_sa *sa, enum ikl_down_reason reason, ikl_time now)
{
    (void)reason;
    (void)now;
    prove(sa == &ike_sa && given_back == 0);
}

void ikl_endpoint_drop_keying(struct ikl_endpoint *of, uint16_t index)
{
    prove(of == &endpoint && index == ike_sa.keying && !has_dropped_keying);
    has_dropped_keying = true;
}

void ikl_group_leave(struct ikl_endpoint *of, uint16_t index)
{
    prove(of == &endpoint && index == ike_sa.group && !has_left_group);
    has_left_group = true;
}

void ikl_hand_drop(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && (given_back & HAND) == 0);
    given_back |= HAND;
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && (body <= 2 || body == IKL_NONE));
    if (body != IKL_NONE) {
        n_dropped[body]++;
    }
}

void ikl_sa_change_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time now)
{
    (void)now;
    prove(sa == &ike_sa && reachability == IKL_REACHABILITY_DOWN && sa->reachability != reachability);
    sa->reachability = IKL_REACHABILITY_DOWN;
    n_downs++;
}

void ikl_share_leave(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && sa->state == before.state);
}

void ikl_share_enter(struct ikl_sa *sa)
{
    prove(sa == &ike_sa && sa->state == (before.state < IKL_SA_DYING ? IKL_SA_DYING : IKL_SA_DEAD));
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && event.kind == IKL_EVENT_STATE && event.detail == (int)ike_sa.state);
    prove((given_back & IN_HISTORY) == 0);
    given_back |= IN_HISTORY;
}

void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    (void)event;
    prove(false);
}

static void have_any_that_may_end(void)
{
    have_any_ike_sa();
    suppose(ike_sa.state < IKL_SA_STATES && !ike_sa.marks.listed);
    have_any_heirs(ike_sa.state == IKL_SA_REKEYED && nondet_bool());
    suppose(ike_sa.heir != IKL_NONE || ike_sa.state != IKL_SA_REKEYED || ike_sa.first_forebear == IKL_NONE);
    have_any_children(ike_sa.heir != IKL_NONE ? &heir.first_child : &ike_sa.first_child);
    if (ike_sa.heir != IKL_NONE) {
        ike_sa.first_child = IKL_NONE;
    }
    suppose(ikl_sa_is_valid(&ike_sa));
}

/* What ran out of tries, or null; as retransmission.c says, for this reason. */
static struct ikl_request *any_given_up(enum ikl_down_reason reason)
{
    struct ikl_own_request *own = nondet_bool() ? &first_request : &second_request;
    struct ikl_request *given_up = nondet_bool() ? &ike_sa.probe : &own->request;

    if (reason != IKL_DOWN_TIMEOUT && nondet_bool()) {
        return NULL;
    }
    suppose(given_up == &ike_sa.probe || has(own));
    suppose(given_up->state == IKL_REQUEST_SENT);
    suppose((reason == IKL_DOWN_TIMEOUT) == (ike_sa.state < IKL_SA_REKEYED));
    return given_up;
}

static void prove_request(const struct ikl_own_request *own, const struct ikl_own_request *was,
                          const struct ikl_request *given_up, enum ikl_down_reason reason)
{
    const struct ikl_request *request = &own->request;
    bool is_about = request == given_up && reason == IKL_DOWN_TIMEOUT, had_ended, follows;

    if (!has(own)) {
        return;
    }
    had_ended = was->request.state == IKL_REQUEST_ENDED;
    follows = !had_ended && before.heir != IKL_NONE && was->first_child != IKL_NONE;
    prove(request->state == (follows ? was->request.state : IKL_REQUEST_ENDED));
    prove(!follows || ikl_marks_has(&ike_sa.marks, IKL_FACT_HAND_ON));
    prove(n_dropped[own->self] == (!follows && was->request.stored != IKL_NONE));
    prove(request->silenced == (was->request.silenced || (!follows && request->kind == IKL_REQUEST_HOST)));
    if (request->silenced && !was->request.silenced) {
        prove(request->ended == (request == given_up ? IKL_OUTCOME_TIMED_OUT : IKL_OUTCOME_SA_GONE));
        prove(request->outcome_untold && ikl_marks_has(&ike_sa.marks, IKL_FACT_OUTCOME));
    } else {
        prove(request->ended == was->request.ended && request->outcome_untold == was->request.outcome_untold);
    }
    prove(request->given_up == is_about && (!is_about || !is_forgotten[own->self]));
    prove(is_forgotten[own->self] == (!follows && !ikl_request_is_untold(request)));
}

static void prove_ended(const struct ikl_request *given_up, enum ikl_down_reason reason)
{
    bool is_about_probe = given_up == &ike_sa.probe && reason == IKL_DOWN_TIMEOUT;

    prove(ike_sa.state == IKL_SA_DYING && given_back == ALL && ikl_sa_is_valid(&ike_sa));
    prove(n_dropped[2] == (before.probe.stored != IKL_NONE) && ike_sa.probe.given_up == is_about_probe);
    prove(n_downs == (reason != IKL_DOWN_REKEYED && before.reachability != IKL_REACHABILITY_DOWN));
    prove(ikl_marks_has(&ike_sa.marks, IKL_FACT_DOWN) && ikl_marks_reason(&ike_sa.marks) == reason);
    prove(ikl_marks_has(&ike_sa.marks, IKL_FACT_STATE) && (ike_sa.marks.states >> IKL_SA_DYING & 1) != 0);
    prove((ike_sa.marks.facts & (IKL_FACT_SYNCED | IKL_FACT_PEER_DELETES | IKL_FACT_EXHAUSTION | IKL_FACT_MONITOR)) ==
          0);
    prove(ike_sa.marks.listed && endpoint.first_told == 0 && endpoint.lone == NULL);
    prove(ike_sa.idle.heard >= before.idle.heard);
}

/* Nothing is changed of the others but that they lose what they had of it. */
static void prove_others(void)
{
    if (before.heir != IKL_NONE) {
        prove(ikl_marks_has(&ike_sa.marks, IKL_FACT_HAND_ON) ? ike_sa.heir == 1 : ike_sa.heir == IKL_NONE);
        prove(before.next_forebear == IKL_NONE && heir.first_forebear != 2 ? true : other.heir == 1);
        prove(ikl_sa_heads_forebears(&heir));
    } else if (before.first_forebear != IKL_NONE) {
        prove(heir.heir == IKL_NONE && heir.next_forebear == IKL_NONE);
    }
}

#if defined(END)
static void happen(ikl_time now)
{
    enum ikl_down_reason reason = (enum ikl_down_reason)(nondet_u8() % (IKL_DOWN_CRASHED + 1));
    struct ikl_request *given_up;

    suppose(ike_sa.state < IKL_SA_DYING);
    given_up = any_given_up(reason);
    ikl_sa_end(&ike_sa, reason, given_up, now);
    prove_ended(given_up, reason);
    prove(ike_sa.ended == now && !ikl_sa_may(&ike_sa, IKL_SA_END));
    prove_request(&first_request, &first_before, given_up, reason);
    prove_request(&second_request, &second_before, given_up, reason);
    prove_others();
}
#elif defined(FREE)
static void happen(ikl_time now)
{
    suppose(!ike_sa.freed);
    ikl_sa_abandon(&ike_sa, now);
    prove(ike_sa.freed && endpoint.first_freed == 0 && ike_sa.next_freed == first_freed);
    if (before.state < IKL_SA_DYING) {
        prove(given_back == ALL && ike_sa.state == IKL_SA_DYING && ikl_marks_has(&ike_sa.marks, IKL_FACT_DOWN));
        prove(ikl_marks_reason(&ike_sa.marks) == (before.state == IKL_SA_REKEYED ? IKL_DOWN_REKEYED : IKL_DOWN_CLOSED));
    } else {
        prove(given_back == 0 && ike_sa.state == before.state && ike_sa.marks.facts == before.marks.facts);
        prove(!is_forgotten[0] && !is_forgotten[1] && ike_sa.ended == before.ended);
    }
}
#else
/* As report proves: all else was told, and what it was about is gone. */
static void suppose_told(void)
{
    suppose(ike_sa.state == IKL_SA_DYING && ike_sa.marks.facts == 0 && ike_sa.first_child == IKL_NONE);
    suppose(ike_sa.heir == IKL_NONE && !ike_sa.probe.attempt_untold);
    for (struct ikl_own_request *own = ikl_request_at(&endpoint, ike_sa.first_request); own != NULL;
         own = ikl_request_after(&endpoint, own)) {
        suppose(!own->request.attempt_untold && !own->request.outcome_untold);
    }
}

static void happen(ikl_time now)
{
    suppose_told();
    ikl_sa_finish(&ike_sa, now);
    prove(ike_sa.state == IKL_SA_DEAD && has_left_group && given_back == IN_HISTORY && ikl_sa_is_valid(&ike_sa));
    prove(ike_sa.probe.state == IKL_REQUEST_IDLE && ike_sa.probe.stored == IKL_NONE);
    prove(is_forgotten[0] == has(&first_request) && is_forgotten[1] == has(&second_request));
    prove(ike_sa.marks.facts == IKL_FACT_STATE);
    ikl_sa_release(&ike_sa);
    prove((given_back & PLACE) != 0 && has_given_extra == (ike_sa.extra != IKL_NONE));
}
#endif

int main(void)
{
    ikl_time now = nondet_u64();

    have_any_that_may_end();
    keep_before();
    first_freed = endpoint.first_freed = nondet_u32();
    suppose(now != IKL_NEVER);
    happen(now);
    return 0;
}
