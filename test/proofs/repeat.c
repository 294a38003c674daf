/* SPDX-License-Identifier: ISC */
/* A response that is asked for again goes out once, as it was made: sealed with the same IV from the same contents, or
 * what was stored; only for a narrower path is that cut anew. Nothing else of the IKE SA changes than its counter of
 * repeats, and the window, the evidence and the other response least of all; what cannot be made again is not counted.
 *
 * bounds: two responses. By contract: sealing, sending, cutting anew; what may be forgotten (see remembered)
 * with: policy/window.c sa/repeats.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: lib/sa/repeats.c s/ikl_sa_seal(sa, &draft, response->iv, len)/ikl_sa_seal(sa, \&draft, sa->probe_iv, len)/
 * fault: lib/sa/repeats.c s/{response->body, response->body_len}/{response->body, 0}/
 * fault: lib/sa/repeats.c s/sa->narrowed || !own/true/ */
#define WITH_REPEATS
#include "responses.h"

static struct one *asked_for;
static bool is_own_path;
static unsigned n_sealed, n_sent, n_cut, n_told;

bool ikl_path_same(const struct ikl_path *a, const struct ikl_path *b)
{
    prove(a == &path && b == &sa.path);
    return is_own_path;
}

int ikl_sa_seal(struct ikl_sa *of, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    const struct ikl_response *was = &asked_for->was;
    int result = nondet_int();

    prove(of == &sa && iv == asked_for->is.iv && was->stored == IKL_NONE && n_sealed == 0);
    prove(draft->response && draft->message_id == was->message_id && draft->exchange_type == was->exchange_type);
    prove(draft->first_payload == was->first_payload && draft->plaintext.data == asked_for->is.body);
    prove(draft->plaintext.len == was->body_len);
    *len = nondet_size();
    n_sealed += result == IKL_OK ? 1 : 0;
    return result;
}

/* It is the latest now. */
void ikl_sa_remember(struct ikl_sa *of, struct ikl_response *response, ikl_time at)
{
    prove(of == &sa && response == &asked_for->is && response->stored != IKL_NONE && at == endpoint.now);
}

void ikl_sa_refit(struct ikl_sa *of, const struct ikl_path *along, uint32_t *stored)
{
    prove(of == &sa && along == (is_own_path ? &sa.path : &path) && (sa.narrowed || !is_own_path));
    prove(stored == &asked_for->is.stored && n_sent == 0);
    n_cut++;
    *stored = nondet_bool() ? *stored : BODIES;
}

int ikl_sa_transmit_stored(struct ikl_sa *of, const struct ikl_path *along, uint32_t body)
{
    prove(of == &sa && along == &path && n_sealed == 0);
    prove(body == (n_cut == 0 ? asked_for->was.stored : asked_for->is.stored));
    n_sent++;
    return nondet_int();
}

int ikl_endpoint_transmit(struct ikl_endpoint *by, struct ikl_sa *of, const struct ikl_path *along, size_t len)
{
    (void)len;
    prove(by == &endpoint && of == &sa && along == &path && n_sealed == 1);
    n_sent++;
    return nondet_int();
}

void ikl_history_add_chatter(struct ikl_sa *of, struct ikl_event event)
{
    prove(of == &sa &&
          (event.kind == IKL_EVENT_REPEATED ? event.message_id == asked_for->was.message_id : n_sent == 1));
    n_told += event.kind == IKL_EVENT_REPEATED ? 1 : 0;
}

void ikl_history_add_event(struct ikl_sa *of, struct ikl_event event)
{
    (void)of;
    (void)event;
    prove(false);
}

int main(void)
{
    unsigned repeats;
    int result;

    have_any_ike_sa();
    endpoint.now = now;
    is_own_path = nondet_bool();
    asked_for = nondet_bool() ? &first : &second;
    message.opened.header.message_id = asked_for->is.message_id;
    suppose(asked_for->is.state == IKL_RESPONSE_GIVEN);
    repeats = before.counters.repeats;
    result = ikl_sa_repeat_response(&sa, &asked_for->is, &path, now);
    prove(n_sent == (result == IKL_OK) && n_told == n_sent && sa.counters.repeats == repeats + n_sent);
    prove(n_heard == 0 && n_made == 0 && is_window_as_before() && sa.last_message == before.last_message);
    prove(n_cut == 0 || asked_for->was.stored != IKL_NONE);
    check_other(&first);
    check_other(&second);
    prove(ikl_sa_responses_are_valid(&sa));
    return 0;
}
