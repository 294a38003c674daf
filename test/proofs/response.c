/* SPDX-License-Identifier: ISC */
/* A request of the peer's whose turn has come is answered once, or handed to the host once: only then it is received,
 * and a sign of life when it is fresh. What it is answered with is what was sealed with a new IV, and is kept to be
 * sent again. When that fails the window, the evidence and all responses are as they were, but for one that the peer
 * must have: that of the window before. What is kept of other requests goes for no other reason than its age.
 *
 * bounds: a window of two; plaintext of 13 octets at most. By contract: the pool, which may forget what is ten minutes
 * old (see remembered), sealing and sending
 * each: -DANSWER -DASK
 * with: policy/window.c sa/remembered.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: -DANSWER lib/sa/responses.c s/response = ikl_sa_response_for(sa, message_id);/response = ikl_sa_free_response(sa);/
 * fault: -DANSWER lib/sa/responses.c s/if (!message->fresh)/if (false)/
 * fault: -DANSWER lib/sa/responses.c s/memcpy(response->iv, sealed->iv, sizeof(response->iv));//
 * fault: -DASK lib/sa/responses.c s/^    pending.next = response->next;//
 * fault: -DASK lib/sa/responses.c s/ikl_sa_drop_body(sa, pending.stored);// */
#include "proof.h"

#include "sa/responses.c"
#include "sa/valid.h"

enum { N = 2, BODIES = 4 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa, before;
/* A response, as it was, and whether it was forgotten for its age. */
struct one {
    struct ikl_response is, was;
    bool has_aged;
};

static struct one first, second;
static struct ikl_keying keying;
static struct ikl_cipher cipher;
static struct ikl_message message;
static struct ikl_path path;
static uint8_t last_iv[IKL_MAX_IV], sealed_with[IKL_MAX_IV];
static uint8_t plaintext[IKL_SMALL_BODY + 1];
static ikl_time now;
static unsigned n_ivs, n_sealed, n_heard, n_sent, n_asked, n_bodies, n_made, n_dropped;
static uint32_t last_body = IKL_NONE;
static bool is_draft_right;

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.responses && index < N);
    return index == 0 ? &first.is : &second.is;
}

/* What holds room that is ten minutes old may go whenever room is needed, as remembered proves. */
static void age(struct one *one)
{
    if (nondet_bool() && one->is.state == IKL_RESPONSE_GIVEN && one->is.stored != IKL_NONE) {
        one->is = (struct ikl_response){.next = one->is.next, .stored = IKL_NONE, .path = IKL_NONE};
        one->has_aged = true;
    }
}

/* Bodies that are made have numbers of their own, from BODIES on. */
static uint32_t make_body(void)
{
    age(&first);
    age(&second);
    if (nondet_bool()) {
        return IKL_NONE;
    }
    last_body = BODIES + n_made++;
    return last_body;
}

uint32_t ikl_sa_store_body(struct ikl_sa *of, const uint8_t *data, size_t len, enum ikl_body_use use)
{
    (void)data;
    (void)len;
    (void)use;
    prove(of == &sa);
    return make_body();
}

void ikl_sa_drop_body(struct ikl_sa *of, uint32_t body)
{
    prove(of == &sa);
    n_dropped += body != IKL_NONE && body >= BODIES ? 1 : 0;
}

static void check_draft(const struct ikl_draft *draft)
{
    prove(draft->response && draft->message_id == message.opened.header.message_id);
    prove(draft->exchange_type == message.opened.header.exchange_type && draft->plaintext.data == plaintext);
}

int ikl_sa_next_iv(struct ikl_sa *of, uint8_t *iv)
{
    prove(of == &sa);
    for (size_t i = 0; i < 2; i++) {
        last_iv[i] = iv[i] = nondet_u8();
    }
    n_ivs++;
    return nondet_int();
}

int ikl_sa_seal(struct ikl_sa *of, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    int result = nondet_int();

    prove(of == &sa && n_sealed == 0 && iv[0] == last_iv[0] && iv[1] == last_iv[1]);
    check_draft(draft);
    *len = nondet_size();
    n_sealed += result == IKL_OK ? 1 : 0;
    return result;
}

int ikl_sa_pack(const struct ikl_sa *of, const struct ikl_path *along, size_t len, struct ikl_packing *out)
{
    struct ikl_packing any;

    (void)len;
    prove(of == &sa && (along == &path || along == &sa.path));
    *out = any;
    return nondet_int();
}

int ikl_sa_seal_stored(struct ikl_sa *of, const struct ikl_draft *draft, const struct ikl_packing *packing,
                       uint32_t *stored)
{
    int result = nondet_int();

    (void)packing;
    prove(of == &sa && n_sealed == 0);
    check_draft(draft);
    *stored = make_body();
    n_ivs++;
    if (*stored == IKL_NONE) {
        return IKL_ERR_NO_BUFFER;
    }
    if (result == IKL_OK) {
        n_sealed++;
    } else {
        n_made--;
    }
    return result;
}

static bool is_for(const struct ikl_response *response)
{
    return response->state != IKL_RESPONSE_NONE && response->message_id == message.opened.header.message_id;
}

/* It goes out once, as it is kept, when the request counts as received. */
void ikl_sa_transmit_response(struct ikl_sa *of, struct ikl_response *response, const struct ikl_path *along,
                              size_t len)
{
    (void)len;
    prove(of == &sa && along == &path && is_for(response) && response->state == IKL_RESPONSE_GIVEN);
    prove(ikl_window_judge(&sa.receive_window, response->message_id) != IKL_ARRIVAL_NEW);
    if (response->stored == IKL_NONE) {
        prove(response->iv[0] == last_iv[0] && response->iv[1] == last_iv[1] && response->body_len <= IKL_SMALL_BODY);
    } else {
        prove(response->stored == last_body);
    }
    n_sent++;
}

void ikl_sa_heard(struct ikl_sa *of, ikl_time at)
{
    prove(of == &sa && at == now && message.fresh);
    prove(ikl_window_judge(&sa.receive_window, message.opened.header.message_id) == IKL_ARRIVAL_REPEATED);
    n_heard++;
}

bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    prove(a == &path && b == &sa.path);
    return nondet_bool();
}

bool ikl_path_same(const struct ikl_path *a, const struct ikl_path *b)
{
    return ikl_is_same_path(a, b);
}

void ikl_sa_heard_from_elsewhere(struct ikl_sa *of, const struct ikl_path *along, ikl_time at)
{
    prove(of == &sa && along == &path && at == now && n_heard == 1);
}

int ikl_sa_keep_path(struct ikl_sa *of, const struct ikl_path *along, uint32_t *out)
{
    prove(of == &sa && along == &path);
    *out = nondet_bool() ? make_body() : IKL_NONE;
    return *out != IKL_NONE || nondet_bool() ? IKL_OK : IKL_ERR_NO_BUFFER;
}

void ikl_history_add_chatter(struct ikl_sa *of, struct ikl_event event)
{
    prove(of == &sa && event.kind == IKL_EVENT_HEARD && event.at == now);
}

void ikl_history_add_event(struct ikl_sa *of, struct ikl_event event)
{
    (void)of;
    (void)event;
    prove(false);
}

void ikl_sa_marked_down(struct ikl_sa *of, enum ikl_down_reason reason)
{
    prove(of == &sa && reason == IKL_DOWN_PEER_DELETED && n_asked == 0);
}

const struct ikl_int_auth *ikl_hand_int_auth(struct ikl_sa *of, const struct ikl_message *of_message)
{
    prove(of == &sa && of_message == &message);
    return NULL;
}

void ikl_hand_peer_request(struct ikl_sa *of, const struct ikl_peer_request *request)
{
    prove(of == &sa && request->message_id == message.opened.header.message_id && request->path == &path);
    n_asked++;
}

static void have_any(struct one *one, uint32_t next)
{
    struct ikl_response any;

    one->is = any;
    one->is.next = next;
    one->is.kept.sa = IKL_NONE; /* those that are in the endpoint's list: see remembered */
    one->is.body_len = nondet_u8();
    suppose(one->is.stored < BODIES || one->is.stored == IKL_NONE);
    suppose(one->is.path < BODIES || one->is.path == IKL_NONE);
    one->was = one->is;
}

static void have_any_ike_sa(void)
{
    struct ikl_sa any;
    struct ikl_cipher any_cipher;

    cipher = any_cipher;
    keying.cipher = &cipher;
    sa = any;
    sa.endpoint = &endpoint;
    sa.keying = 0;
    sa.first_response = 0;
    sa.receive_window.size = N;
    endpoint.keyings = &keying;
    have_any(&first, 1);
    have_any(&second, IKL_NONE);
    suppose(sa.state < IKL_SA_DYING && ikl_receive_window_is_valid(&sa.receive_window));
    suppose(ikl_sa_responses_are_valid(&sa));
    before = sa;
}

/* Its turn comes no earlier, if it waits. */
static bool is_later(const struct ikl_response *response)
{
    return response->state != IKL_RESPONSE_WAITING || response->message_id >= message.opened.header.message_id;
}

/* The first whose turn has come: a fresh one is the next, another has waited. */
static void have_any_request(void)
{
    struct ikl_message any;
    uint32_t message_id = nondet_u32();
    const struct ikl_response *waiting = nondet_bool() ? &first.is : &second.is;

    message = any;
    message.path = &path;
    message.opened.header.message_id = message_id;
    message.fresh = nondet_bool();
    now = nondet_u64();
    suppose(is_later(&first.is) && is_later(&second.is));
    if (message.fresh) {
        suppose(message_id == sa.receive_window.lowest && message_id <= IKL_MESSAGE_ID_LAST);
    } else {
        suppose(message_id < sa.receive_window.lowest && is_for(waiting));
        suppose(waiting->state == IKL_RESPONSE_WAITING && waiting->stored != IKL_NONE);
    }
}

/* A response to another request stays, or makes room: for this one, whose own it takes, or for its age. */
static void check_other(const struct one *one)
{
    uint32_t next = message.opened.header.message_id + 1;
    uint32_t beyond = next > before.receive_window.beyond ? next : before.receive_window.beyond;

    if (one->was.state == IKL_RESPONSE_NONE || is_for(&one->was) || one->has_aged) {
        return;
    }
    if (one->is.state == IKL_RESPONSE_NONE || one->is.message_id != one->was.message_id) {
        prove(message.fresh && one->was.state != IKL_RESPONSE_WAITING);
        prove(beyond - one->was.message_id > before.receive_window.size);
    } else {
        prove(one->is.state == one->was.state && one->is.stored == one->was.stored && one->is.path == one->was.path);
    }
}

static void check_taken(int result)
{
    prove(n_heard == message.fresh);
    prove(ikl_window_judge(&sa.receive_window, message.opened.header.message_id) != IKL_ARRIVAL_NEW);
    prove(message.fresh ? sa.receive_window.lowest > before.receive_window.lowest
                        : sa.receive_window.lowest == before.receive_window.lowest);
    prove(ikl_sa_find_response(&sa, message.opened.header.message_id) != NULL);
#if defined(ANSWER)
    prove(result == IKL_OK && n_sealed == 1 && n_sent == 1 && n_asked == 0);
#else
    prove(result == IKL_OK && n_asked == 1 && n_sent == 0 && n_ivs == 0);
#endif
}

static void check_refused(void)
{
    prove(n_heard == 0 && n_sealed == 0 && n_sent == 0 && n_asked == 0 && n_dropped == n_made);
    prove(sa.receive_window.lowest == before.receive_window.lowest &&
          sa.receive_window.beyond == before.receive_window.beyond &&
          sa.receive_window.above == before.receive_window.above);
}

int main(void)
{
    struct ikl_octets own = {plaintext, any_up_to(sizeof(plaintext))};
    int result;

    have_any_ike_sa();
    have_any_request();
#if defined(ANSWER)
    result = ikl_sa_answer_now(&sa, &message, nondet_u8(), own, now);
#else
    result = ikl_sa_ask_host(&sa, &message, own, now);
#endif
    if (result == IKL_OK) {
        check_taken(result);
    } else {
        check_refused();
    }
    check_other(&first);
    check_other(&second);
    prove(ikl_sa_responses_are_valid(&sa));
    return 0;
}
