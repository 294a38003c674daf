/* SPDX-License-Identifier: ISC */
/* ikelive sa: responses to the peer's requests: the library's own at once, the host's when it is ready (RFC 7296 §2.1,
 * §2.21). */
#include "evidence.h"
#include "exhaustion.h"
#include "hand.h"
#include "move.h"
#include "protect.h"
#include "remembered.h"

#include "cannot_fail.h"
#include "policy/judge.h"

#include <string.h>

/* The request is received: it counts for the window and as evidence. False when it waited for its turn and was accepted
 * then. The caller has yet to say where it came from (ikl_sa_heard_from). */
bool ikl_sa_accept(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint32_t message_id = message->opened.header.message_id;

    if (!message->fresh) {
        return false;
    }
    ikl_window_accept(&sa->receive_window, message_id);
    ikl_history_add(sa, IKL_EVENT_HEARD, message_id, 0, now);
    ikl_sa_heard(sa, now);
    return true;
}

/* A response that was sealed: a small one into the endpoint's message buffer, with this IV; others into the pool. */
struct sealed {
    uint8_t iv[IKL_MAX_IV];
    size_t len;
    uint32_t stored; /* or IKL_NONE: it is small */
};

static IKL_IN_LINE int seal(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_path *path,
                            struct sealed *out)
{
    struct ikl_packing packing;
    int result;

    out->len = 0;
    out->stored = IKL_NONE;
    if (ikl_sa_is_small(sa, draft)) {
        result = ikl_sa_next_iv(sa, out->iv);
        return result == IKL_OK ? ikl_sa_seal(sa, draft, out->iv, &out->len) : result;
    }
    /* the IKE SA's own path has the MTU that the host stated */
    result = ikl_sa_pack(sa, ikl_path_same(path, &sa->path) ? &sa->path : path, draft->plaintext.len, &packing);
    return result == IKL_OK ? ikl_sa_seal_stored(sa, draft, &packing, &out->stored) : result;
}

/* Keeps all that is needed to send it again, in place of what the response had, which was given back. */
static void keep(struct ikl_response *response, const struct ikl_draft *draft, const struct sealed *sealed)
{
    response->message_id = draft->message_id;
    response->stored = sealed->stored;
    response->path = IKL_NONE;
    response->first_payload = draft->first_payload;
    response->exchange_type = draft->exchange_type;
    response->state = IKL_RESPONSE_GIVEN;
    response->body_len = 0;
    if (sealed->stored != IKL_NONE) {
        response->kept.sa = IKL_NONE;
        return;
    }
    memcpy(response->iv, sealed->iv, sizeof(response->iv));
    if (draft->plaintext.len != 0) {
        response->body_len = (uint8_t)draft->plaintext.len;
        memcpy(response->body, draft->plaintext.data, response->body_len);
    }
}

/* A new request shows that the peer has the response to the request one window before (§2.1), so what is kept of that
 * may go before there is another in its place. One that waited has a place of its own, and shows nothing of the kind.
 * True when something went. */
static bool let_go(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_response *response = ikl_sa_response_for(sa, message_id);

    if (response->state != IKL_RESPONSE_GIVEN) {
        return false;
    }
    ikl_sa_empty_response(sa, response);
    return true;
}

int ikl_sa_answer_now(struct ikl_sa *sa, const struct ikl_message *request, uint8_t first_payload,
                      struct ikl_octets plaintext, ikl_time now)
{
    uint32_t message_id = request->opened.header.message_id;
    struct ikl_draft draft =
        ikl_response_to(request->opened.header.exchange_type, message_id, first_payload, plaintext);
    struct sealed sealed;
    struct ikl_response *response;
    int result;
    bool fresh;

    do {
        result = seal(sa, &draft, request->path, &sealed);
    } while (result == IKL_ERR_NO_BUFFER && let_go(sa, message_id));
    if (result != IKL_OK) {
        return result;
    }
    response = ikl_sa_response_for(sa, message_id);
    ikl_sa_drop_answer(sa, response);
    keep(response, &draft, &sealed);
    fresh = ikl_sa_accept(sa, request, now);
    ikl_sa_transmit_response(sa, response, request->path, sealed.len);
    if (fresh) {
        ikl_sa_heard_from(sa, request->path, now);
    }
    return IKL_OK;
}

int ikl_sa_answer_error(struct ikl_sa *sa, const struct ikl_message *request, uint16_t type, struct ikl_octets data,
                        ikl_time now)
{
    uint8_t octets[IKL_SMALL_BODY], body[IKL_SMALL_BODY];
    struct ikl_writer notify = ikl_writer(body, sizeof(body));
    struct ikl_writer chain = ikl_writer(octets, sizeof(octets));
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY};
    int result;

    ikl_cannot_fail(ikl_notify_write(&notify, &(struct ikl_notify){.type = type, .data = data})); /* there is room */
    payload.body = (struct ikl_octets){body, notify.len};
    ikl_cannot_fail(ikl_chain_write(&chain, &payload, 1));
    result = ikl_sa_answer_now(sa, request, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){octets, chain.len}, now);
    if (result == IKL_OK && type == IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_end_on_syntax(sa, now);
    }
    return result;
}

bool ikl_sa_may_ask_host(const struct ikl_sa *sa)
{
    return sa->endpoint->callbacks.peer_request != NULL && sa->state != IKL_SA_DELETING;
}

/* Keeps what the library itself adds to the response that the host will give. */
static int keep_own(struct ikl_sa *sa, struct ikl_response *response, struct ikl_octets own, enum ikl_body_use use)
{
    if (own.len <= sizeof(response->body)) {
        response->body_len = (uint8_t)own.len;
        if (own.len != 0) {
            memcpy(response->body, own.data, own.len);
        }
        return IKL_OK;
    }
    response->stored = ikl_sa_store_body(sa, own.data, own.len, use);
    return response->stored != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

/* Fetches it into the draft buffer, and returns its length. */
static size_t read_own(struct ikl_sa *sa, const struct ikl_response *response)
{
    uint8_t *draft = sa->endpoint->draft;
    size_t len = response->body_len;

    if (response->stored == IKL_NONE) {
        memcpy(draft, response->body, len);
    } else {
        len = ikl_pool_len(&sa->endpoint->pool, response->stored);
        ikl_pool_read(&sa->endpoint->pool, response->stored, 0, draft, len);
    }
    return len;
}

/* Keeps a request that the host is asked about, in place of one that waited or of nothing. Keeps where it came from. */
static int keep_pending(struct ikl_sa *sa, const struct ikl_message *message, struct ikl_octets own)
{
    struct ikl_response *response = ikl_sa_find_response(sa, message->opened.header.message_id);
    struct ikl_response pending = {.message_id = message->opened.header.message_id,
                                   .exchange_type = message->opened.header.exchange_type,
                                   .stored = IKL_NONE,
                                   .path = IKL_NONE,
                                   .state = IKL_RESPONSE_PENDING};
    int result = keep_own(sa, &pending, own, IKL_BODY);

    if (result == IKL_OK && response == NULL) {
        result = ikl_sa_keep_path(sa, message->path, &pending.path);
    }
    if (result != IKL_OK) {
        ikl_sa_drop_body(sa, pending.stored);
        return result;
    }
    if (response != NULL) {
        pending.path = response->path; /* the request waited: its path is kept already */
        response->path = IKL_NONE;
        ikl_sa_empty_response(sa, response);
    } else {
        response = ikl_sa_new_response(sa, pending.message_id);
    }
    pending.next = response->next;
    *response = pending;
    return IKL_OK;
}

int ikl_sa_ask_host(struct ikl_sa *sa, const struct ikl_message *message, struct ikl_octets own, ikl_time now)
{
    struct ikl_peer_request request = {.exchange_type = message->opened.header.exchange_type,
                                       .message_id = message->opened.header.message_id,
                                       .first_payload = message->opened.first_payload,
                                       .plaintext = message->opened.plaintext,
                                       .path = message->path};
    int result = keep_pending(sa, message, own);

    if (result != IKL_OK) {
        return result;
    }
    if (ikl_sa_accept(sa, message, now)) {
        ikl_sa_heard_from(sa, message->path, now);
    }
    if (request.exchange_type == IKL_IKE_INTERMEDIATE) {
        request.int_auth = ikl_hand_int_auth(sa, message);
    }
    ikl_hand_peer_request(sa, &request);
    return IKL_OK;
}

/* The last payload of what the library itself adds: two at most. */
static uint8_t *last_payload(uint8_t *chain, size_t len)
{
    size_t first = (size_t)(chain[2] << 8 | chain[3]);

    return first < len ? chain + first : chain;
}

/* Seals the host's payloads after what the library itself adds, and keeps that in place of the request. What the
 * library adds needs no room of its own meanwhile: it is in the draft buffer, and is kept again if this fails. */
static int seal_response(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_content *content,
                         const struct ikl_path *path, struct sealed *sealed)
{
    struct ikl_octets own = {sa->endpoint->draft, read_own(sa, response)}, plaintext;
    uint8_t first_payload = content->first_payload;
    struct ikl_draft draft;
    int result = ikl_sa_compose_behind(sa, own.len, content, &plaintext);

    if (result != IKL_OK) {
        return result;
    }
    if (own.len != 0) {
        *last_payload(sa->endpoint->draft, own.len) = first_payload;
        first_payload = IKL_PAYLOAD_DELETE;
    }
    ikl_sa_drop_body(sa, response->stored);
    response->stored = IKL_NONE;
    draft = ikl_response_to(response->exchange_type, response->message_id, first_payload, plaintext);
    result = seal(sa, &draft, path, sealed);
    if (result == IKL_OK) {
        ikl_sa_drop_body(sa, response->path);
        keep(response, &draft, sealed);
    } else if (own.len != 0) {
        *last_payload(sa->endpoint->draft, own.len) = IKL_PAYLOAD_NONE;
        (void)keep_own(sa, response, own, IKL_BODY_OWED);
    }
    ikl_wipe(sa->endpoint->draft, plaintext.len);
    return result;
}

static int respond(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_content *content)
{
    struct ikl_path path = ikl_response_path(sa, response);
    struct sealed sealed;
    int result = seal_response(sa, response, content, &path, &sealed);

    if (result == IKL_OK) {
        ikl_sa_transmit_response(sa, response, &path, sealed.len);
        ikl_sa_watch_exhaustion(sa);
    }
    return result;
}

void ikl_sa_answer_pending(struct ikl_sa *sa)
{
    struct ikl_content nothing = ikl_content_of(NULL, 0);

    for (struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (response->state == IKL_RESPONSE_PENDING && response->exchange_type == IKL_INFORMATIONAL &&
            response->message_id + 1 == sa->receive_window.lowest) {
            (void)respond(sa, response, &nothing);
        }
    }
}

int ikl_decide_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_content *content, ikl_time now)
{
    struct ikl_response *response;
    int result;

    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    response = ikl_sa_find_response(sa, message_id);
    if (response == NULL || response->state != IKL_RESPONSE_PENDING) {
        return IKL_ERR_NOT_FOUND;
    }
    result = respond(sa, response, content);
    if (result == IKL_OK && ikl_content_says_invalid_syntax(content)) {
        ikl_sa_end_on_syntax(sa, now);
    }
    return result;
}
