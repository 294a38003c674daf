/* SPDX-License-Identifier: ISC */
/* Requests of the peer's are handled in the order of their Message IDs, none before one below it, each once; while one
 * is in hand for the host, no other is. One whose turn has not come is kept whole and is received then, or there is no
 * room and nothing changes. One that is not fresh is no sign of life. A request that repeats gets its own response
 * again, within the rate, or none, and is answered along the path of the repeat.
 *
 * bounds: a window of two; 256 intervals of the rate. By contract: the pool, which may forget what is ten minutes old
 * (see remembered); handling a request (see response); sending a response again (see repeat)
 * each: -DNEW
 * long: -DREPEATED
 * with: policy/window.c sa/remembered.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: -DNEW lib/sa/peer_requests.c s/response->message_id < first->message_id/true/
 * fault: -DNEW lib/sa/peer_requests.c s/while (ikl_hand_is_empty(sa->endpoint) && (/while ((/
 * fault: -DNEW lib/sa/peer_requests.c s/^ *ikl_sa_drop_body(sa, waiting.path);//
 * fault: -DREPEATED lib/sa/peer_requests.c s/response->state != IKL_RESPONSE_GIVEN/false/
 * fault: -DREPEATED lib/sa/peer_requests.c s/^    if (ahead == REPEAT_BURST)/    if (ahead > REPEAT_BURST)/ */
#include "responses.h"

#include "sa/peer_requests.c"

enum { PLAINTEXT = 5 };

static uint32_t last_handled;
static unsigned n_handled, n_failed, n_repeated;

ikl_time ikl_after(ikl_time time, uint64_t delay)
{
    (void)delay;
    prove(time == now);
    return nondet_u64();
}

/* As response proves: it is in its turn, and received when that succeeds. */
int ikl_sa_handle_request(struct ikl_sa *of, const struct ikl_message *handled, ikl_time at)
{
    uint32_t message_id = handled->opened.header.message_id;
    struct ikl_response *response;

    prove(of == &sa && at == now && ikl_hand_is_empty(&endpoint));
    prove(handled->fresh ? message_id == sa.receive_window.lowest : message_id < sa.receive_window.lowest);
    prove(is_later(&first.is, message_id) && is_later(&second.is, message_id));
    prove(n_handled == 0 || last_handled < message_id);
    if (nondet_bool()) {
        n_failed++;
        return IKL_ERR_NO_BUFFER;
    }
    n_handled++;
    last_handled = message_id;
    response = ikl_sa_response_for(&sa, message_id);
    prove(handled->fresh || response->state == IKL_RESPONSE_WAITING);
    ikl_sa_empty_response(&sa, response);
    response->message_id = message_id;
    response->state = IKL_RESPONSE_GIVEN;
    if (nondet_bool()) {
        response->state = IKL_RESPONSE_PENDING;
        endpoint.hand.sa = &sa;
    }
    (void)ikl_sa_accept(&sa, handled, now);
    return IKL_OK;
}

bool ikl_sa_accept(struct ikl_sa *of, const struct ikl_message *accepted, ikl_time at)
{
    prove(of == &sa && at == now);
    if (accepted->fresh) {
        prove(accepted == &message);
        ikl_window_accept(&sa.receive_window, accepted->opened.header.message_id);
        n_heard++;
    }
    return accepted->fresh;
}

uint64_t ikl_sa_hash_request(const struct ikl_sa *of, const struct ikl_message *hashed)
{
    prove(of == &sa && hashed == &message);
    return nondet_u64();
}

struct ikl_path ikl_response_path(const struct ikl_sa *of, const struct ikl_response *response)
{
    prove(of == &sa && response->state == IKL_RESPONSE_WAITING);
    return path;
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &endpoint.pool && body != IKL_NONE);
    return PLAINTEXT;
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &endpoint.pool && body != IKL_NONE && offset == 0 && out == plaintext && len == PLAINTEXT);
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == plaintext && len == PLAINTEXT);
}

int ikl_sa_repeat_response(struct ikl_sa *of, struct ikl_response *response, const struct ikl_path *along, ikl_time at)
{
    prove(of == &sa && along == &path && at == now && is_for(response));
    prove(response->state == IKL_RESPONSE_GIVEN && n_repeated == 0);
    n_repeated++;
    return nondet_int();
}

/* A request that the window takes, or of which the contents are gone; or one that was received. */
static void have_any_message(void)
{
    struct ikl_message any;
    uint32_t message_id = nondet_u32();
    enum ikl_arrival arrival = ikl_window_judge(&sa.receive_window, message_id);
    bool is_overdue = ikl_sa_waits_for(&sa, message_id);

    message = any;
    message.path = &path;
    message.opened.header.message_id = message_id;
#if defined(NEW)
    message.fresh = arrival == IKL_ARRIVAL_NEW;
    suppose(message.fresh || (arrival == IKL_ARRIVAL_REPEATED && is_overdue));
#else
    message.fresh = false;
    suppose(arrival == IKL_ARRIVAL_REPEATED && !is_overdue);
#endif
}

/* What waits for its turn stays until that comes; of other responses what response says holds. */
static void check_turn(const struct one *one)
{
    if (one->was.state != IKL_RESPONSE_WAITING || is_for(&one->was)) {
        check_other(one);
        return;
    }
    prove(is_to(&one->is, one->was.message_id));
    prove(one->is.state != IKL_RESPONSE_WAITING ||
          (one->is.stored == one->was.stored && one->is.path == one->was.path));
}

#if defined(NEW)
static void happen(void)
{
    int result = ikl_sa_take_request(&sa, &message, now);
    const struct ikl_response *response = ikl_sa_find_response(&sa, message.opened.header.message_id);

    prove(n_heard == (result == IKL_OK && message.fresh));
    if (result != IKL_OK) {
        prove(is_window_as_before() && n_handled == 0 && n_dropped == n_made);
    } else {
        prove(ikl_window_judge(&sa.receive_window, message.opened.header.message_id) != IKL_ARRIVAL_NEW);
        prove(response != NULL && (n_handled != 0 || response->stored == last_body));
        response = next_in_turn(&sa);
        prove(response == NULL || ikl_response_is_overdue(response) || n_failed != 0 || !ikl_hand_is_empty(&endpoint));
    }
}
#else
static void happen(void)
{
    const struct ikl_response *response = ikl_sa_find_response(&sa, message.opened.header.message_id);
    bool is_given = response != NULL && response->state == IKL_RESPONSE_GIVEN;
    uint32_t own_limit = sa.repeats_own, other_limit = sa.repeats_other, present = nondet_u8();
    int result;
    bool own, other;

    sa.established = 0;
    now = present * 100 + any_up_to(99);
    result = ikl_sa_repeated(&sa, &path, message.opened.header.message_id, now);
    own = sa.repeats_own != own_limit;
    other = sa.repeats_other != other_limit;
    prove(n_heard == 0 && is_window_as_before());
    if (!is_given) {
        prove(n_repeated == 0 && !own && !other && result == (response == NULL ? IKL_ERR_STALE : IKL_ERR_PENDING));
    } else {
        prove(n_handled == 0 && n_made == 0 && (n_repeated == 1 || result == IKL_ERR_RATE));
        prove(n_repeated == 1 ? own != other : !own && !other);
        prove(!own || (own_limit - present != 10 && sa.repeats_own - present - 1 < 10));
        prove(!other || (other_limit - present != 10 && sa.repeats_other - present - 1 < 10));
    }
}
#endif

int main(void)
{
    have_any_ike_sa();
    have_any_message();
    endpoint.plaintext = plaintext;
    sa.repeats_own = nondet_u32(); /* of a union */
    happen();
    check_turn(&first);
    check_turn(&second);
    prove(ikl_sa_responses_are_valid(&sa));
    return 0;
}
