/* SPDX-License-Identifier: ISC */
/* A request of the peer's whose turn has come is answered once, or handed to the host once: only then it is received,
 * and a sign of life when it is fresh. What it is answered with is what was sealed with a new IV, and is kept to be
 * sent again. When that fails the window, the evidence and all responses are as they were, but for one that the peer
 * must have: that of the window before. What is kept of other requests goes for no other reason than its age. The
 * host's answer takes the place of the request that it has, with all that that held, or leaves it as it was.
 *
 * bounds: a window of two; plaintext of 13 octets at most. By contract: the pool, which may forget what is ten minutes
 * old (see remembered), sealing and sending
 * each: -DANSWER -DASK -DRESPOND
 * with: policy/window.c sa/remembered.c sa/state.c
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: -DANSWER lib/sa/responses.c s/response = ikl_sa_response_for(.*_id);/response = ikl_sa_free_response(sa);/
 * fault: -DANSWER lib/sa/responses.c s/if (!message->fresh)/if (false)/
 * fault: -DANSWER lib/sa/responses.c s/memcpy(response->iv, sealed->iv, sizeof(response->iv));//
 * fault: -DASK lib/sa/responses.c s/^    pending.next = response->next;//
 * fault: -DASK lib/sa/responses.c s/ikl_sa_drop_body(sa, pending.stored);//
 * fault: -DRESPOND lib/sa/responses.c s/(void)keep_own(sa, response, own, IKL_BODY_OWED);//
 * fault: -DRESPOND lib/sa/responses.c s/^        ikl_sa_drop_body(sa, response->path);// */
#include "responses.h"

#include "sa/responses.c"

static struct ikl_keying keying;
static struct ikl_cipher cipher;
static uint8_t last_iv[IKL_MAX_IV];
static uint8_t drafts[4 * IKL_SMALL_BODY];
static unsigned n_ivs, n_sealed, n_sent, n_asked;

static void check_draft(const struct ikl_draft *draft)
{
    const uint8_t *contents = n_asked == 0 ? plaintext : drafts;

    prove(draft->response && draft->message_id == message.opened.header.message_id);
    prove(draft->exchange_type == message.opened.header.exchange_type && draft->plaintext.data == contents);
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
    prove(of == &sa && (is_path(along) || along == &sa.path));
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

/* It goes out once, as it is kept, when the request counts as received. */
void ikl_sa_transmit_response(struct ikl_sa *of, struct ikl_response *response, const struct ikl_path *along,
                              size_t len)
{
    (void)len;
    prove(of == &sa && is_path(along) && is_for(response) && response->state == IKL_RESPONSE_GIVEN);
    prove(ikl_window_judge(&sa.receive_window, response->message_id) != IKL_ARRIVAL_NEW);
    if (response->stored == IKL_NONE) {
        prove(response->iv[0] == last_iv[0] && response->iv[1] == last_iv[1] && response->body_len <= IKL_SMALL_BODY);
    } else {
        prove(response->stored == last_body);
    }
    n_sent++;
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

/* What the host answers with. */
struct ikl_path ikl_response_path(const struct ikl_sa *of, const struct ikl_response *response)
{
    prove(of == &sa && is_for(response));
    return path;
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &endpoint.pool && body < BODIES);
    return 2 * IKL_SMALL_BODY;
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &endpoint.pool && body < BODIES && offset == 0 && out == drafts && len == 2 * IKL_SMALL_BODY);
}

int ikl_sa_compose_behind(struct ikl_sa *of, size_t offset, const struct ikl_content *content, struct ikl_octets *out)
{
    (void)content;
    prove(of == &sa && offset <= 2 * IKL_SMALL_BODY);
    *out = (struct ikl_octets){drafts, offset + any_up_to(2 * IKL_SMALL_BODY)};
    return nondet_int();
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == drafts && len <= sizeof(drafts));
}

void ikl_sa_watch_exhaustion(struct ikl_sa *of)
{
    prove(of == &sa && n_sent == 1);
}

bool ikl_content_says_invalid_syntax(const struct ikl_content *content)
{
    (void)content;
    return nondet_bool();
}

void ikl_sa_end_on_syntax(struct ikl_sa *of, ikl_time at)
{
    prove(of == &sa && at == now && n_sent == 1);
}

static void have_any_cipher(void)
{
    struct ikl_cipher any;

    cipher = any;
    keying.cipher = &cipher;
    endpoint.keyings = &keying;
    suppose(sa.keying == 0);
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
    suppose(is_later(&first.is, message_id) && is_later(&second.is, message_id));
    if (message.fresh) {
        suppose(message_id == sa.receive_window.lowest && message_id <= IKL_MESSAGE_ID_LAST);
    } else {
        suppose(message_id < sa.receive_window.lowest && is_for(waiting));
        suppose(waiting->state == IKL_RESPONSE_WAITING && waiting->stored != IKL_NONE);
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
    prove(is_window_as_before());
}

#if defined(RESPOND)
/* The host has some request. */
static void happen(void)
{
    const struct one *one = nondet_bool() ? &first : &second;
    struct ikl_content content;
    int result;

    message.opened.header.message_id = one->is.message_id;
    message.opened.header.exchange_type = one->is.exchange_type;
    suppose(one->is.state != IKL_RESPONSE_NONE);
    endpoint.draft = drafts;
    n_asked = 1;
    result = ikl_decide_respond(&sa, one->is.message_id, &content, now);
    prove(n_heard == 0 && is_window_as_before() && n_sent == (result == IKL_OK) && n_sealed == n_sent);
    if (one->was.state != IKL_RESPONSE_PENDING) {
        prove(result != IKL_OK && n_ivs == 0);
    } else if (result == IKL_OK) {
        prove(n_given_back == (one->was.stored != IKL_NONE) + (one->was.path != IKL_NONE));
    } else {
        prove(one->is.state == IKL_RESPONSE_PENDING && one->is.path == one->was.path);
        prove((one->is.stored != IKL_NONE) == (one->was.stored != IKL_NONE));
        prove(n_made == n_dropped + (one->is.stored != one->was.stored) && one->is.body_len == one->was.body_len);
    }
}
#else
static void happen(void)
{
    struct ikl_octets own = {plaintext, any_up_to(sizeof(plaintext))};
    int result;

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
}
#endif

int main(void)
{
    have_any_ike_sa();
    have_any_cipher();
    happen();
    check_other(&first);
    check_other(&second);
    prove(ikl_sa_responses_are_valid(&sa));
    return 0;
}
