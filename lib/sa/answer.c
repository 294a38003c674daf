/* ikelive sa: the peer's requests (RFC 7296 §2.1, §2.3). Answers what the library answers itself, hands the rest to the
 * host, remembers the response and repeats it.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

#include <string.h>

/* Repeated responses are limited in rate: a burst, then one an interval. Requests repeated from the IKE SA's own path
 * and from anywhere else are limited apart, so that a replay from elsewhere cannot use up what the peer may need. */
enum { REPEAT_BURST = 10, REPEAT_INTERVAL = 100 };

/* `full_at`: when the next burst would be complete again. */
static bool within_rate(ikl_time *full_at, ikl_time now)
{
    ikl_time from = ikl_time_later(*full_at, now);

    if (from > ikl_time_after(now, (REPEAT_BURST - 1) * REPEAT_INTERVAL)) {
        return false;
    }
    *full_at = ikl_time_after(from, REPEAT_INTERVAL);
    return true;
}

static bool same_address(const struct ikl_address *a, const struct ikl_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static bool same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    return a->tag == b->tag && a->encapsulated == b->encapsulated && same_address(&a->local, &b->local) &&
           same_address(&a->remote, &b->remote);
}

static struct ikl_draft response_to(uint8_t exchange, uint32_t message_id, uint8_t first_payload,
                                    struct ikl_octets plaintext)
{
    return (struct ikl_draft){.exchange = exchange,
                              .response = true,
                              .message_id = message_id,
                              .first_payload = first_payload,
                              .plaintext = plaintext};
}

void ikl_sa_drop_answer(struct ikl_sa *sa)
{
    struct ikl_pool *pool = &sa->endpoint->pool;

    ikl_pool_drop(pool, sa->answer.stored);
    ikl_pool_drop(pool, sa->answer.path);
    memset(&sa->answer, 0, sizeof(sa->answer));
    sa->answer.stored = IKL_NONE;
    sa->answer.path = IKL_NONE;
}

/* Fills `answer` with all that is needed to send the response in the endpoint's message buffer again. `iv` made it. */
static int remember(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_draft *draft, const uint8_t *iv,
                    size_t len)
{
    struct ikl_octets body = draft->plaintext;

    memset(answer, 0, sizeof(*answer));
    answer->message_id = draft->message_id;
    answer->exchange = draft->exchange;
    answer->first_payload = draft->first_payload;
    answer->state = IKL_ANSWER_GIVEN;
    answer->path = IKL_NONE;
    answer->stored = IKL_NONE;
    memcpy(answer->iv, iv, sa->cipher->iv_len);
    if (sa->cipher->deterministic && body.len <= sizeof(answer->body)) {
        answer->body_len = (uint8_t)body.len;
        if (body.len != 0) {
            memcpy(answer->body, body.data, body.len);
        }
        return IKL_OK;
    }
    answer->stored = ikl_pool_store(&sa->endpoint->pool, ikl_endpoint_message(sa->endpoint), len);
    return answer->stored != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

/* Seals the response into the endpoint's message buffer and fills `answer`; nothing else changes but the IV. */
static int prepare(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_draft *draft, size_t *len)
{
    struct ikl_draft copy = *draft;
    uint8_t small[IKL_SMALL_BODY];
    uint8_t iv[IKL_MAX_IV];
    int result;

    /* sealing works in place, so a small body that lies in the message buffer is kept aside */
    if (copy.plaintext.len != 0 && copy.plaintext.len <= sizeof(small)) {
        memcpy(small, copy.plaintext.data, copy.plaintext.len);
        copy.plaintext.data = small;
    }
    result = ikl_sa_next_iv(sa, iv);
    if (result == IKL_OK) {
        result = ikl_sa_seal(sa, &copy, iv, len);
    }
    return result == IKL_OK ? remember(sa, answer, &copy, iv, *len) : result;
}

int ikl_sa_answer_now(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request,
                      uint8_t first_payload, struct ikl_octets plaintext, ikl_time now)
{
    struct ikl_draft draft = response_to(request->exchange, request->message_id, first_payload, plaintext);
    struct ikl_answer answer;
    size_t len;
    int result = prepare(sa, &answer, &draft, &len);

    if (result != IKL_OK) {
        return result;
    }
    ikl_sa_drop_answer(sa);
    sa->answer = answer;
    ikl_receive_window_accept(&sa->receive_window, request->message_id);
    ikl_liveness_heard(&sa->liveness, now);
    (void)ikl_endpoint_transmit(sa->endpoint, sa, path, len);
    return IKL_OK;
}

static int answer_with_notify(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request,
                              uint16_t type, struct ikl_octets data, ikl_time now)
{
    uint8_t octets[IKL_SMALL_BODY], body[IKL_SMALL_BODY];
    struct ikl_writer notify = ikl_writer(body, sizeof(body));
    struct ikl_writer chain = ikl_writer(octets, sizeof(octets));
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY};
    int result = ikl_notify_write(&notify, &(struct ikl_notify){.type = type, .data = data});

    payload.body = (struct ikl_octets){body, notify.len};
    if (result == IKL_OK) {
        result = ikl_chain_write(&chain, &payload, 1);
    }
    if (result != IKL_OK) {
        return result;
    }
    return ikl_sa_answer_now(sa, path, request, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){octets, chain.len}, now);
}

int ikl_sa_answer_error(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request, uint16_t type,
                        ikl_time now)
{
    return answer_with_notify(sa, path, request, type, (struct ikl_octets){NULL, 0}, now);
}

/* What a host gets that has no request callback: never a stalled peer. */
static int answer_by_default(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request,
                             ikl_time now)
{
    struct ikl_octets none = {NULL, 0};

    if (request->exchange == IKL_INFORMATIONAL) {
        return ikl_sa_answer_now(sa, path, request, IKL_PAYLOAD_NONE, none, now);
    }
    return ikl_sa_answer_error(
        sa, path, request,
        request->exchange == IKL_CREATE_CHILD_SA ? IKL_NOTIFY_NO_ADDITIONAL_SAS : IKL_NOTIFY_INVALID_SYNTAX, now);
}

/* Hands the request to the host, who answers with ikl_sa_respond, now or later. */
static int ask_host(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now)
{
    struct ikl_request request = {.exchange = opened->header.exchange,
                                  .message_id = opened->header.message_id,
                                  .first_payload = opened->first_payload,
                                  .plaintext = opened->plaintext};
    uint32_t other_path = IKL_NONE;

    if (!same_path(path, &sa->path)) {
        other_path = ikl_pool_store(&sa->endpoint->pool, (const uint8_t *)path, sizeof(*path));
        if (other_path == IKL_NONE) {
            return IKL_ERR_NO_BUFFER;
        }
    }
    ikl_sa_drop_answer(sa);
    sa->answer.message_id = request.message_id;
    sa->answer.exchange = request.exchange;
    sa->answer.path = other_path;
    sa->answer.state = IKL_ANSWER_PENDING;
    ikl_receive_window_accept(&sa->receive_window, request.message_id);
    ikl_liveness_heard(&sa->liveness, now);
    sa->endpoint->callbacks.request(sa->endpoint->user, sa, &request);
    return IKL_OK;
}

int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now)
{
    const struct ikl_header *header = &opened->header;
    uint8_t critical = 0;
    int check = ikl_chain_check(opened->first_payload, opened->plaintext, true, &critical);

    if (check == IKL_ERR_CRITICAL) {
        return answer_with_notify(sa, path, header, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
                                  (struct ikl_octets){&critical, 1}, now);
    }
    if (check != IKL_OK) {
        return ikl_sa_answer_error(sa, path, header, IKL_NOTIFY_INVALID_SYNTAX, now);
    }
    if (header->exchange == IKL_INFORMATIONAL) {
        if (opened->first_payload == IKL_PAYLOAD_NONE) {
            return ikl_sa_answer_now(sa, path, header, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0}, now);
        }
        if (ikl_chain_has_delete(opened->first_payload, opened->plaintext)) {
            return ikl_sa_take_delete(sa, path, opened, now);
        }
    }
    if (sa->endpoint->callbacks.request == NULL) {
        return answer_by_default(sa, path, header, now);
    }
    return ask_host(sa, path, opened, now);
}

/* Writes the payloads where sealing finds them in place. */
static int write_payloads(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, struct ikl_octets *out)
{
    size_t size;
    uint8_t *room = ikl_sa_plaintext_room(sa, &size);
    struct ikl_writer writer = ikl_writer(room, size);
    int result;

    if (room == NULL) {
        return IKL_ERR_NO_BUFFER;
    }
    result = ikl_chain_write(&writer, payloads, n);
    *out = (struct ikl_octets){room, writer.len};
    return result == IKL_ERR_NO_BUFFER ? IKL_ERR_INVALID : result;
}

static void send_answer(struct ikl_sa *sa, uint32_t other_path, size_t len)
{
    struct ikl_path path = sa->path;

    if (other_path != IKL_NONE) {
        ikl_pool_load(&sa->endpoint->pool, other_path, (uint8_t *)&path);
        ikl_pool_drop(&sa->endpoint->pool, other_path);
    }
    (void)ikl_endpoint_transmit(sa->endpoint, sa, &path, len);
}

static int respond(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n)
{
    uint32_t other_path = sa->answer.path;
    struct ikl_octets plaintext;
    struct ikl_answer answer;
    struct ikl_draft draft;
    size_t len;
    int result = write_payloads(sa, payloads, n, &plaintext);

    if (result != IKL_OK) {
        return result;
    }
    draft = response_to(sa->answer.exchange, sa->answer.message_id, ikl_chain_first(payloads, n), plaintext);
    result = prepare(sa, &answer, &draft, &len);
    if (result != IKL_OK) {
        return result;
    }
    sa->answer = answer;
    send_answer(sa, other_path, len);
    return IKL_OK;
}

int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    int result;

    if (sa->state != IKL_SA_ESTABLISHED) {
        return IKL_ERR_CLOSING;
    }
    if (sa->answer.state != IKL_ANSWER_PENDING || sa->answer.message_id != message_id) {
        return IKL_ERR_NOT_FOUND;
    }
    (void)ikl_endpoint_clock(sa->endpoint, now);
    ikl_endpoint_enter(sa->endpoint);
    result = respond(sa, payloads, n);
    ikl_endpoint_leave(sa->endpoint);
    return result;
}

int ikl_sa_repeat_answer(struct ikl_sa *sa, const struct ikl_path *path, uint32_t message_id, ikl_time now)
{
    const struct ikl_answer *answer = &sa->answer;
    struct ikl_draft draft = response_to(answer->exchange, message_id, answer->first_payload,
                                         (struct ikl_octets){answer->body, answer->body_len});
    size_t len;
    int result;

    if (answer->state != IKL_ANSWER_GIVEN || answer->message_id != message_id) {
        return IKL_ERR_STALE;
    }
    if (!within_rate(same_path(path, &sa->path) ? &sa->repeat_own : &sa->repeat_other, now)) {
        return IKL_ERR_RATE;
    }
    if (answer->stored != IKL_NONE) {
        result = ikl_sa_load(sa, answer->stored, &len);
    } else {
        result = ikl_sa_seal(sa, &draft, answer->iv, &len);
    }
    if (result != IKL_OK) {
        return result;
    }
    sa->counters.repeats++;
    sa->endpoint->counters.repeated++;
    (void)ikl_endpoint_transmit(sa->endpoint, sa, path, len);
    return IKL_OK;
}
