/* SPDX-License-Identifier: ISC */
/* When the host deletes an IKE SA, that is refused, and nothing changes; or the Delete goes out, or waits until no
 * liveness check is out and the window has room, and the IKE SA is DELETING, until `wait` ms from now at the latest.
 * What waited to be sent ends then, each with its outcome, once; what was sent goes on. Without keys the IKE SA ends at
 * once. A Delete that cannot be kept goes out later; one that cannot be sealed, or has no Message ID, is refused.
 *
 * Put in by contract: our Delete as probe proves, what requests hold, the end.
 *
 * bounds: two requests besides the probe, no Child SA
 * with: base.c policy/window.c sa/heirs.c sa/host_requests.c sa/request.c sa/requests.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4 --unwindset is_same.0:30
 * fault: lib/sa/own_delete.c s/^ *ikl_sa_end_queued(sa);//
 * fault: lib/sa/own_delete.c s/return sa->probe.state == IKL_REQUEST_IDLE && /return /
 * fault: lib/sa/own_delete.c s/result != IKL_ERR_NO_BUFFER ? result/result != IKL_ERR_CRYPTO ? result/
 * fault: lib/sa/own_delete.c s/sa->until = ikl_time_after(now, wait);/sa->until = now;/
 * fault: lib/sa/host_requests.c s/IKL_OUTCOME_SA_GONE/IKL_OUTCOME_CANCELLED/ */
#include "ike_sa.h"

#include "sa/protect.h"
#include "sa/request.h"

#include "sa/own_delete.c"

static ikl_time now;
static uint32_t wait;
static bool is_tried, has_left, is_ended, is_told;
static int delete_result;
static unsigned n_outcomes, n_forgotten;

static void *item_of(const struct ikl_slab *slab, uint32_t index)
{
    (void)slab;
    (void)index;
    prove(false);
    return NULL;
}

/* As probe proves. */
int ikl_sa_start_delete(struct ikl_sa *sa, ikl_time at)
{
    prove(sa == &ike_sa && at == now && !is_tried && ikl_sa_has_keys(sa) && sa->state == before.state);
    prove(sa->probe.state == IKL_REQUEST_IDLE && ikl_send_window_open(&sa->send_window));
    is_tried = true;
    delete_result = nondet_int();
    has_left = delete_result == IKL_OK;
    if (has_left) {
        struct ikl_run any;

        any.message_id = ike_sa.send_window.next++;
        any.schedule = ike_sa.probe.run.schedule;
        suppose(ikl_run_is_out(&any) && ikl_run_is_valid(&any));
        ike_sa.probe.run = any;
        ike_sa.probe.kind = IKL_REQUEST_DELETE_SA;
        ike_sa.probe.state = IKL_REQUEST_SENT;
    }
    return delete_result;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time at)
{
    prove(sa == &ike_sa && reason == IKL_DOWN_CLOSED && given_up == NULL && at == now && !is_ended);
    prove(!ikl_sa_has_keys(sa));
    is_ended = true;
}

void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    prove(sa == &ike_sa && (event.kind == IKL_EVENT_STATE || (event.kind == IKL_EVENT_WINDOW_FULL && !is_tried)));
}

void ikl_share_leave(struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
}

void ikl_share_enter(struct ikl_sa *sa)
{
    prove(sa == &ike_sa);
}

void ikl_sa_mark_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    prove(sa == &ike_sa && state == IKL_SA_DELETING && !is_told);
    is_told = true;
}

/* What a request holds that ends. */
void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    prove(sa == &ike_sa && fact == IKL_FACT_OUTCOME);
    n_outcomes++;
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own->request.state == IKL_REQUEST_ENDED);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    prove(sa == &ike_sa && own->request.state == IKL_REQUEST_ENDED);
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    (void)body;
    prove(sa == &ike_sa);
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.requests && ikl_request_at(&endpoint, index)->request.state == IKL_REQUEST_ENDED);
    n_forgotten++;
}

static bool was_waiting(const struct ikl_own_request *was)
{
    return was->request.state == IKL_REQUEST_QUEUED;
}

/* It has ended if it waited, and otherwise is as it was, but for its place in the list. */
static void check_own(const struct ikl_own_request *own, struct ikl_own_request *was)
{
    if (was_waiting(was)) {
        prove(own->request.state == IKL_REQUEST_ENDED && own->request.stored == IKL_NONE);
        prove(own->request.kind != IKL_REQUEST_HOST || own->request.ended == IKL_OUTCOME_SA_GONE);
    } else {
        was->next = own->next;
        prove(is_same(own, was, sizeof(*own)));
    }
}

static unsigned of_host(const struct ikl_own_request *was)
{
    return was_waiting(was) && was->request.kind == IKL_REQUEST_HOST ? 1 : 0;
}

static void check_deleting(void)
{
    prove(before.state == IKL_SA_CONNECTING || before.state == IKL_SA_ESTABLISHED);
    prove(ike_sa.state == IKL_SA_DELETING && is_told && ike_sa.until == ikl_time_after(now, wait));
    prove(!is_tried || has_left || delete_result == IKL_ERR_NO_BUFFER);
    prove(ikl_sa_delete_state(&ike_sa) == (has_left ? IKL_DELETE_SENT : IKL_DELETE_QUEUED));
    check_own(&first_request, &first_before);
    check_own(&second_request, &second_before);
    prove(n_outcomes == of_host(&first_before) + of_host(&second_before));
    prove(ikl_sa_is_valid(&ike_sa) && ikl_sa_all_is_awaited(&ike_sa));
}

int main(void)
{
    int result;

    have_any_ike_sa();
    suppose(first_request.self == 0 && second_request.self == 1 && ikl_sa_all_is_awaited(&ike_sa));
    suppose(ikl_sa_is_ours_to_end(&ike_sa) || ike_sa.probe.kind != IKL_REQUEST_DELETE_SA);
    now = nondet_u64();
    wait = nondet_u32();
    result = ikl_decide_delete(&ike_sa, wait, now);
    if (result == IKL_OK && !is_ended) {
        check_deleting();
    } else if (result != IKL_OK) {
        prove(n_outcomes + n_forgotten == 0 && !has_left && !is_told && ike_sa.state == before.state);
        prove(ike_sa.send_window.next == before.send_window.next);
        prove(is_same(&first_request, &first_before, sizeof(first_before)));
        prove(is_same(&second_request, &second_before, sizeof(second_before)));
    }
    return 0;
}
