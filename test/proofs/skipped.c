/* SPDX-License-Identifier: ISC */
/* When Message IDs are skipped (RFC 6311), each request of ours that was sent is out no more, and no other changes. One
 * of the host's has its outcome, IKL_OUTCOME_SKIPPED, once, unless that was decided before. A Delete of Child SAs waits
 * anew, behind all that waited before, and still deletes them; or, when it has no room, they are down and it has ended.
 * A liveness check has ended. Our Delete of the IKE SA is to go out again: at once when another took its place, else in
 * its turn. What has ended gives back what it held, once; no window changes.
 *
 * bounds: two requests besides the probe, two Child SAs, of which a Delete names one at most. By contract: making a
 *     Delete of Child SAs again, see hand_on
 * each: -DHEIR=true
 * long: -DHEIR=false
 * with: policy/window.c sa/heirs.c sa/request.c sa/requests.c sa/state.c sa/sync_skip.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3 --unwindset ikl_sa_skip_sent.0:6
 * fault: lib/sa/sync_skip.c s/if (own->request.state == IKL_REQUEST_SENT)/if (own->request.state != IKL_REQUEST_ENDED)/
 * fault: lib/sa/sync_skip.c s|^ *sa->until = now;||
 * fault: lib/sa/sync_skip.c s/next = ikl_request_after(sa->endpoint, own);/next = NULL;/
 * fault: lib/sa/sync_skip.c s/heir != NULL ? heir : sa/sa/
 * fault: -DHEIR=false lib/sa/sync_skip.c s/^    sa->probe.kind = IKL_REQUEST_PROBE;// */
#include "heirs.h"

#include "sa/ending.h"
#include "sa/request.h"

enum { OF_PROBE = 2 };

static unsigned n_dropped[3], n_outcomes, n_again[2];
static bool is_gone[2]; /* what a Delete names has gone down */

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests);
    forget_request(index);
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    prove(sa == &ike_sa && (body <= OF_PROBE || body == IKL_NONE));
    if (body != IKL_NONE) {
        n_dropped[body]++;
    }
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    prove(sa == &ike_sa && fact == IKL_FACT_OUTCOME);
    n_outcomes++;
}

/* As hand_on proves: it moves to the end of the queue, or its Child SAs are down and it is where it was. */
bool ikl_sa_delete_again(struct ikl_sa *from, struct ikl_own_request *own, struct ikl_sa *to, struct ikl_sa *holder)
{
    prove(from == &ike_sa && to == &ike_sa && holder == (HEIR ? &heir : &ike_sa));
    prove(own->request.state == IKL_REQUEST_SENT && own->first_child != IKL_NONE && n_again[own->self] == 0);
    n_again[own->self]++;
    ikl_sa_drop_body(from, own->request.stored);
    own->request.stored = IKL_NONE;
    if (nondet_bool()) {
        is_gone[own->self] = true;
        disclaim(own);
        return false;
    }
    ikl_request_queue(&own->request);
    ikl_sa_move_request(from, to, own);
    return true;
}

static void have_any_to_skip(void)
{
    have_any_ike_sa();
    have_any_heirs(HEIR);
    have_any_children(HEIR ? &heir.first_child : &ike_sa.first_child);
    if (HEIR) {
        ike_sa.first_child = IKL_NONE;
    }
    suppose(ike_sa.state < IKL_SA_DYING &&
            (HEIR || ike_sa.state != IKL_SA_REKEYED || ike_sa.first_forebear == IKL_NONE));
    suppose(ikl_sa_is_valid(&ike_sa) && ikl_sa_claims_are_valid(&ike_sa) && !ikl_sa_is_syncing(&ike_sa));
}

static void prove_request(const struct ikl_own_request *own, const struct ikl_own_request *was)
{
    const struct ikl_request *request = &own->request;
    bool has_children = was->first_child != IKL_NONE, is_host = request->kind == IKL_REQUEST_HOST;

    if (!has(own)) {
        return;
    }
    if (was->request.state != IKL_REQUEST_SENT) {
        prove(request->state == was->request.state && request->stored == was->request.stored);
        prove(request->outcome_untold == was->request.outcome_untold && own->first_child == was->first_child);
        prove(n_again[own->self] == 0 && !is_forgotten[own->self]);
        return;
    }
    prove(n_again[own->self] == has_children && n_dropped[own->self] == (was->request.stored != IKL_NONE));
    if (has_children && !is_gone[own->self]) {
        prove(request->state == IKL_REQUEST_QUEUED && own->first_child == was->first_child);
        prove(own->next == IKL_NONE || n_again[own->next] == 1);
        return;
    }
    prove(request->state == IKL_REQUEST_ENDED && request->stored == IKL_NONE && own->first_child == IKL_NONE);
    prove(is_forgotten[own->self] == !ikl_request_is_untold(request));
    prove(request->outcome_untold == (was->request.outcome_untold || (is_host && !was->request.silenced)));
    prove(request->ended == (is_host && !was->request.silenced ? IKL_OUTCOME_SKIPPED : was->request.ended));
}

static void prove_probe(ikl_time now)
{
    bool was_sent = before.probe.state == IKL_REQUEST_SENT;
    enum ikl_delete_state then = ikl_sa_delete_state(&before), is = ikl_sa_delete_state(&ike_sa);

    prove(ike_sa.probe.state ==
          (was_sent ? (before.probe.attempt_untold ? IKL_REQUEST_ENDED : IKL_REQUEST_IDLE) : (int)before.probe.state));
    prove(n_dropped[OF_PROBE] == (before.probe.stored != IKL_NONE));
    prove(is == (!was_sent || then != IKL_DELETE_SENT ? then
                 : before.state == IKL_SA_REKEYED     ? IKL_DELETE_HELD
                                                      : IKL_DELETE_QUEUED));
    prove(is != IKL_DELETE_HELD || then == IKL_DELETE_HELD ? ike_sa.until == before.until : ike_sa.until == now);
}

static bool is_skipped_for_host(const struct ikl_own_request *own, const struct ikl_own_request *was)
{
    return has(own) && was->request.state == IKL_REQUEST_SENT && was->request.kind == IKL_REQUEST_HOST &&
           !was->request.silenced;
}

int main(void)
{
    ikl_time now = nondet_u64();

    have_any_to_skip();
    keep_before();
    ikl_sa_skip_sent(&ike_sa, now);
    prove_request(&first_request, &first_before);
    prove_request(&second_request, &second_before);
    prove_probe(now);
    prove(n_outcomes ==
          is_skipped_for_host(&first_request, &first_before) + is_skipped_for_host(&second_request, &second_before));
    prove(ikl_sa_list_is_not_out(&ike_sa) && ikl_sa_is_valid(&ike_sa) && ikl_sa_claims_are_valid(&ike_sa));
    prove(ike_sa.send_window.next == before.send_window.next);
    prove(ike_sa.send_window.unanswered == before.send_window.unanswered);
    return 0;
}
