/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer's requests (RFC 7296 §2.1, §2.3): takes them in the order of Message ID, remembers the responses
 * and repeats them. */
#include "sa.h"

#include "octets.h"

#include <string.h>

/* Repeated responses are limited in rate: a burst, then one an interval. Requests repeated from the IKE SA's own path
 * and from anywhere else are limited apart, so that a replay from elsewhere cannot use up what the peer may need. The
 * limit counts in intervals since the IKE SA was made, on a clock with hands: of 32 bits, which go round in 13.6 years.
 * What is full again is at most a burst ahead of the present, so whatever seems to be further ahead is past. (What has
 * been full for a whole round seems not to be, for a second as it ends.) */
enum { REPEAT_BURST = 10, REPEAT_INTERVAL = 100 };

static bool within_rate(const struct ikl_sa *sa, uint32_t *full_at, ikl_time now)
{
    uint32_t present = (uint32_t)((now - sa->established) / REPEAT_INTERVAL);
    uint32_t ahead = *full_at - present;

    if (ahead == REPEAT_BURST) {
        return false;
    }
    *full_at = present + (ahead < REPEAT_BURST ? ahead : 0) + 1;
    return true;
}

static struct ikl_answer *answer_at(const struct ikl_sa *sa, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&sa->endpoint->answers, index) : NULL;
}

static struct ikl_answer *next_answer(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    return answer_at(sa, answer->next);
}

void ikl_sa_empty_answer(struct ikl_sa *sa, struct ikl_answer *answer)
{
    uint32_t next = answer->next;

    if (answer->state != IKL_ANSWER_NONE) {
        ikl_sa_unlist_response(sa, answer);
        ikl_sa_drop_body(sa, answer->stored);
        ikl_sa_drop_body(sa, answer->path);
    }
    *answer = (struct ikl_answer){.next = next, .stored = IKL_NONE, .path = IKL_NONE};
}

int ikl_sa_reserve_answers(struct ikl_endpoint *endpoint, uint32_t n)
{
    return ikl_slab_reserve(&endpoint->answers, n);
}

void ikl_sa_take_answers(struct ikl_sa *sa, uint32_t n)
{
    while (n-- > 0) {
        uint32_t index = ikl_slab_take(&sa->endpoint->answers);

        *answer_at(sa, index) = (struct ikl_answer){.next = sa->first_answer, .stored = IKL_NONE, .path = IKL_NONE};
        sa->first_answer = index;
    }
}

void ikl_sa_release_answers(struct ikl_sa *sa)
{
    while (sa->first_answer != IKL_NONE) {
        uint32_t index = sa->first_answer;
        struct ikl_answer *answer = answer_at(sa, index);

        sa->first_answer = answer->next;
        ikl_sa_empty_answer(sa, answer);
        ikl_slab_give(&sa->endpoint->answers, index);
    }
}

struct ikl_answer *ikl_sa_find_answer(const struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_answer *answer = answer_at(sa, sa->first_answer);

    while (answer != NULL && (answer->state == IKL_ANSWER_NONE || answer->message_id != message_id)) {
        answer = next_answer(sa, answer);
    }
    return answer;
}

/* The one to use for a request that is new. The window remembers as many requests as there are answers, so one of them
 * is free or the oldest of all, which no longer needs to be remembered. */
static struct ikl_answer *free_or_oldest(const struct ikl_sa *sa)
{
    struct ikl_answer *answer = answer_at(sa, sa->first_answer);

    for (struct ikl_answer *other = answer; other != NULL; other = next_answer(sa, other)) {
        if (other->state == IKL_ANSWER_NONE) {
            return other;
        }
        if (other->message_id < answer->message_id) {
            answer = other;
        }
    }
    return answer;
}

struct ikl_answer *ikl_sa_new_answer(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_answer *answer = free_or_oldest(sa);

    ikl_sa_empty_answer(sa, answer);
    answer->message_id = message_id;
    return answer;
}

/* The request is received: it counts for the window and as evidence. False when it waited for its turn and was accepted
 * then. The caller has yet to say where it came from (ikl_sa_heard_from). */
static bool accept(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint32_t message_id = message->header.message_id;

    if (ikl_receive_window_judge(&sa->receive_window, message_id) != IKL_ARRIVAL_NEW) {
        return false;
    }
    ikl_receive_window_accept(&sa->receive_window, message_id);
    ikl_sa_heard(sa, message_id, now);
    return true;
}

/* Where the response goes, when that is not the IKE SA's path. */
static int keep_path(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *out)
{
    *out = IKL_NONE;
    if (ikl_path_same(path, &sa->path)) {
        return IKL_OK;
    }
    *out = ikl_sa_store_body(sa, (const uint8_t *)path, sizeof(*path), IKL_BODY);
    return *out != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

static struct ikl_path path_of(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    struct ikl_path path = sa->path;

    if (answer->path != IKL_NONE) {
        ikl_pool_read(&sa->endpoint->pool, answer->path, 0, (uint8_t *)&path, sizeof(path));
    }
    return path;
}

/* It waited for its turn for too long: neither what it said is kept any more nor where it came from. */
static bool is_overdue(const struct ikl_answer *answer)
{
    return answer->state == IKL_ANSWER_WAITING && answer->stored == IKL_NONE;
}

void ikl_sa_keep_paths(struct ikl_sa *sa)
{
    for (struct ikl_answer *answer = answer_at(sa, sa->first_answer); answer != NULL;
         answer = next_answer(sa, answer)) {
        bool unanswered = answer->state == IKL_ANSWER_WAITING || answer->state == IKL_ANSWER_PENDING;

        if (unanswered && !is_overdue(answer) && answer->path == IKL_NONE) {
            answer->path = ikl_sa_store_body(sa, (const uint8_t *)&sa->path, sizeof(sa->path), IKL_BODY);
        }
    }
}

/* A request waits for its turn when lower Message IDs are missing, or came and could not be handled yet. */
static int wait_for_turn(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct ikl_answer waiting = {.message_id = message->header.message_id,
                                 .exchange = message->header.exchange,
                                 .first_payload = message->first_payload,
                                 .kept = {.critical = message->critical},
                                 .state = IKL_ANSWER_WAITING};
    struct ikl_answer *answer = ikl_sa_find_answer(sa, message->header.message_id);
    int result;

    if (answer == NULL && free_or_oldest(sa)->state == IKL_ANSWER_WAITING) {
        return IKL_ERR_NO_BUFFER; /* the oldest of them comes first */
    }
    result = keep_path(sa, message->path, &waiting.path);
    if (result != IKL_OK) {
        return result;
    }
    waiting.stored = ikl_sa_store_body(sa, message->plaintext.data, message->plaintext.len, IKL_BODY);
    if (waiting.stored == IKL_NONE) {
        ikl_sa_drop_body(sa, waiting.path);
        return IKL_ERR_NO_BUFFER;
    }
    answer = answer != NULL ? answer : ikl_sa_new_answer(sa, waiting.message_id);
    waiting.next = answer->next;
    *answer = waiting;
    ikl_store_u64(answer->kept.at, ikl_time_after(now, sa->endpoint->reassembly_time));
    ikl_store_u64(answer->kept.hash, ikl_sa_hash_request(sa, message));
    if (accept(sa, message, now)) {
        ikl_sa_heard_from(sa, message->path, now);
    }
    sa->marks.due = true;
    return IKL_OK;
}

bool ikl_sa_waits_for(const struct ikl_sa *sa, uint32_t message_id)
{
    const struct ikl_answer *answer = ikl_sa_find_answer(sa, message_id);

    return answer != NULL && is_overdue(answer);
}

/* When a request that waits for its turn is forgotten. */
static ikl_time expiry_of(const struct ikl_answer *answer)
{
    return answer->state == IKL_ANSWER_WAITING && !is_overdue(answer) ? ikl_load_u64(answer->kept.at) : IKL_NEVER;
}

ikl_time ikl_sa_waiting_deadline(const struct ikl_sa *sa)
{
    ikl_time deadline = IKL_NEVER;

    for (const struct ikl_answer *answer = answer_at(sa, sa->first_answer); answer != NULL;
         answer = next_answer(sa, answer)) {
        deadline = ikl_time_earlier(deadline, expiry_of(answer));
    }
    return deadline;
}

/* Its Message ID counts as received still: when it comes again that is no sign of life. */
void ikl_sa_expire_waiting(struct ikl_sa *sa, ikl_time now)
{
    for (struct ikl_answer *answer = answer_at(sa, sa->first_answer); answer != NULL;
         answer = next_answer(sa, answer)) {
        if (expiry_of(answer) <= now) {
            ikl_sa_drop_body(sa, answer->stored);
            ikl_sa_drop_body(sa, answer->path);
            answer->stored = answer->path = IKL_NONE;
        }
    }
}

/* The request whose turn has come, the lowest Message ID first; null when none waits or one below is missing. */
static struct ikl_answer *next_in_turn(const struct ikl_sa *sa)
{
    struct ikl_answer *first = NULL;

    for (struct ikl_answer *answer = answer_at(sa, sa->first_answer); answer != NULL;
         answer = next_answer(sa, answer)) {
        if (answer->state == IKL_ANSWER_WAITING && answer->message_id < sa->receive_window.lowest &&
            (first == NULL || answer->message_id < first->message_id)) {
            first = answer;
        }
    }
    return first;
}

/* Handles a request that waited. It is kept until that succeeds, so that the peer's repeating it tries again. */
static int take_turn(struct ikl_sa *sa, struct ikl_answer *answer, ikl_time now)
{
    struct ikl_pool *pool = &sa->endpoint->pool;
    struct ikl_path path = path_of(sa, answer);
    size_t len = !is_overdue(answer) ? ikl_pool_len(pool, answer->stored) : 0;
    struct ikl_message message = {.path = &path,
                                  .header = {.spi_i = sa->spi_i,
                                             .spi_r = sa->spi_r,
                                             .exchange = answer->exchange,
                                             .message_id = answer->message_id},
                                  .first_payload = answer->first_payload,
                                  .critical = answer->kept.critical,
                                  .plaintext = {sa->endpoint->plaintext, len},
                                  .hash = ikl_load_u64(answer->kept.hash)};
    int result;

    if (is_overdue(answer)) {
        return IKL_ERR_PENDING;
    }
    ikl_pool_read(pool, answer->stored, 0, sa->endpoint->plaintext, len);
    result = ikl_sa_handle_request(sa, &message, now);
    if (sa->endpoint->hand.sa == NULL) {
        ikl_wipe(sa->endpoint->plaintext, len);
    } else {
        sa->endpoint->hand.secret_len = len;
    }
    return result;
}

void ikl_sa_take_turns(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_answer *answer;

    if (sa->receive_window.size == 1) {
        return;
    }
    /* one at a time is in hand */
    while (sa->endpoint->hand.sa == NULL && (answer = next_in_turn(sa)) != NULL) {
        if (take_turn(sa, answer, now) != IKL_OK) {
            return;
        }
    }
}

/* Whether all requests before this one were handled. */
static bool is_in_turn(const struct ikl_sa *sa, uint32_t message_id)
{
    return message_id == sa->receive_window.lowest && (sa->receive_window.size == 1 || next_in_turn(sa) == NULL);
}

int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    int result = is_in_turn(sa, message->header.message_id) ? ikl_sa_handle_request(sa, message, now)
                                                            : wait_for_turn(sa, message, now);

    if (result == IKL_OK) {
        ikl_sa_take_turns(sa, now);
    }
    return result;
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

/* Seals a small response into the endpoint's message buffer and fills `answer`. */
static int prepare_small(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_draft *draft, size_t *len)
{
    int result = ikl_sa_next_iv(sa, answer->iv);

    if (result != IKL_OK) {
        return result;
    }
    answer->body_len = (uint8_t)draft->plaintext.len;
    if (answer->body_len != 0) {
        memcpy(answer->body, draft->plaintext.data, answer->body_len);
    }
    return ikl_sa_seal(sa, draft, answer->iv, len);
}

/* Fills `answer` with all that is needed to send the response, now and again; nothing else changes but the IV. `len` is
 * for a small one, which is in the endpoint's message buffer. */
static int prepare(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_draft *draft,
                   const struct ikl_path *path, size_t *len)
{
    struct ikl_packing packing;
    int result;

    *answer = (struct ikl_answer){.message_id = draft->message_id,
                                  .stored = IKL_NONE,
                                  .path = IKL_NONE,
                                  .first_payload = draft->first_payload,
                                  .exchange = draft->exchange,
                                  .state = IKL_ANSWER_GIVEN};
    if (ikl_sa_is_small(sa, draft)) {
        return prepare_small(sa, answer, draft, len);
    }
    /* what the host said of the IKE SA's path, its MTU, is known there */
    result = ikl_sa_pack(sa, ikl_path_same(path, &sa->path) ? &sa->path : path, draft->plaintext.len, &packing);
    answer->kept.sa = IKL_NONE;
    return result == IKL_OK ? ikl_sa_seal_stored(sa, draft, &packing, &answer->stored) : result;
}

/* Sends a response: what is stored, or else what was just sealed into the endpoint's message buffer. */
static void transmit(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path, size_t len)
{
    if (answer->stored != IKL_NONE) {
        ikl_sa_remember(sa, answer, sa->endpoint->now);
        (void)ikl_sa_transmit_stored(sa, path, answer->stored);
    } else {
        (void)ikl_sa_transmit(sa, path, len);
    }
}

/* A request that is new says that the peer has the response to the one a window before (§2.1): what is kept of that may
 * go before there is another. True when something went. */
static bool let_go(struct ikl_sa *sa, const struct ikl_message *request)
{
    struct ikl_answer *answer = free_or_oldest(sa);

    if (answer->state != IKL_ANSWER_GIVEN || answer->stored == IKL_NONE ||
        ikl_sa_find_answer(sa, request->header.message_id) != NULL) {
        return false;
    }
    ikl_sa_empty_answer(sa, answer);
    return true;
}

int ikl_sa_answer_now(struct ikl_sa *sa, const struct ikl_message *request, uint8_t first_payload,
                      struct ikl_octets plaintext, ikl_time now)
{
    uint32_t message_id = request->header.message_id;
    struct ikl_draft draft = response_to(request->header.exchange, message_id, first_payload, plaintext);
    struct ikl_answer prepared, *answer;
    size_t len = 0;
    int result = prepare(sa, &prepared, &draft, request->path, &len);
    bool fresh;

    if (result == IKL_ERR_NO_BUFFER && let_go(sa, request)) {
        result = prepare(sa, &prepared, &draft, request->path, &len);
    }
    if (result != IKL_OK) {
        return result;
    }
    answer = ikl_sa_find_answer(sa, message_id);
    if (answer != NULL) {
        ikl_sa_empty_answer(sa, answer);
    } else {
        answer = ikl_sa_new_answer(sa, message_id);
    }
    prepared.next = answer->next;
    *answer = prepared;
    fresh = accept(sa, request, now);
    transmit(sa, answer, request->path, len);
    if (fresh) {
        ikl_sa_heard_from(sa, request->path, now);
    }
    return IKL_OK;
}

/* Keeps what the library says itself in a response that the host will give. */
static int keep_own(struct ikl_sa *sa, struct ikl_answer *answer, struct ikl_octets own, enum ikl_body_use use)
{
    if (own.len <= sizeof(answer->body)) {
        answer->body_len = (uint8_t)own.len;
        if (own.len != 0) {
            memcpy(answer->body, own.data, own.len);
        }
        return IKL_OK;
    }
    answer->stored = ikl_sa_store_body(sa, own.data, own.len, use);
    return answer->stored != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

/* Fetches it into the draft buffer, and returns how long it is. */
static size_t read_own(struct ikl_sa *sa, const struct ikl_answer *answer)
{
    uint8_t *draft = sa->endpoint->draft;
    size_t len = answer->body_len;

    if (answer->stored == IKL_NONE) {
        memcpy(draft, answer->body, len);
    } else {
        len = ikl_pool_len(&sa->endpoint->pool, answer->stored);
        ikl_pool_read(&sa->endpoint->pool, answer->stored, 0, draft, len);
    }
    return len;
}

/* What the host is asked takes the place of what waited, or of nothing. Where it came from is kept. */
static int keep_pending(struct ikl_sa *sa, const struct ikl_message *message, struct ikl_octets own)
{
    struct ikl_answer *answer = ikl_sa_find_answer(sa, message->header.message_id);
    struct ikl_answer pending = {.message_id = message->header.message_id,
                                 .exchange = message->header.exchange,
                                 .stored = IKL_NONE,
                                 .path = IKL_NONE,
                                 .state = IKL_ANSWER_PENDING};
    int result = keep_own(sa, &pending, own, IKL_BODY);

    if (result == IKL_OK && answer == NULL) {
        result = keep_path(sa, message->path, &pending.path);
    }
    if (result != IKL_OK) {
        ikl_sa_drop_body(sa, pending.stored);
        return result;
    }
    if (answer != NULL) {
        pending.path = answer->path; /* it waited: the path is kept already */
        answer->path = IKL_NONE;
        ikl_sa_empty_answer(sa, answer);
    } else {
        answer = ikl_sa_new_answer(sa, pending.message_id);
    }
    pending.next = answer->next;
    *answer = pending;
    return IKL_OK;
}

/* The host is asked when all is decided. */
static void take_in_hand(struct ikl_sa *sa, const struct ikl_request *request)
{
    struct ikl_hand *hand = ikl_sa_take_hand(sa);

    hand->has_request = true;
    hand->path = *request->path;
    hand->request = *request;
    hand->request.path = &hand->path;
}

int ikl_sa_ask_host(struct ikl_sa *sa, const struct ikl_message *message, struct ikl_octets own, ikl_time now)
{
    struct ikl_request request = {.exchange = message->header.exchange,
                                  .message_id = message->header.message_id,
                                  .first_payload = message->first_payload,
                                  .plaintext = message->plaintext,
                                  .path = message->path};
    int result = keep_pending(sa, message, own);

    if (result != IKL_OK) {
        return result;
    }
    if (accept(sa, message, now)) {
        ikl_sa_heard_from(sa, message->path, now);
    }
    ikl_sa_marked_down(sa, IKL_DOWN_PEER_DELETED);
    take_in_hand(sa, &request);
    return IKL_OK;
}

/* The last payload of what the library says itself: two at most. */
static uint8_t *last_payload(uint8_t *chain, size_t len)
{
    size_t first = (size_t)(chain[2] << 8 | chain[3]);

    return first < len ? chain + first : chain;
}

/* Seals the host's payloads behind what the library says itself. That needs no room of its own meanwhile: it is in the
 * draft buffer, and is kept again when this fails. */
static int prepare_response(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_payload *payloads, size_t n,
                            struct ikl_answer *prepared, size_t *len)
{
    struct ikl_path path = path_of(sa, answer);
    struct ikl_octets own = {sa->endpoint->draft, read_own(sa, answer)}, plaintext;
    uint8_t first_payload = ikl_chain_first(payloads, n);
    struct ikl_draft draft;
    int result = ikl_sa_compose_behind(sa, own.len, payloads, n, &plaintext);

    if (result != IKL_OK) {
        return result;
    }
    if (own.len != 0) {
        *last_payload(sa->endpoint->draft, own.len) = first_payload;
        first_payload = IKL_PAYLOAD_DELETE;
    }
    ikl_sa_drop_body(sa, answer->stored);
    answer->stored = IKL_NONE;
    draft = response_to(answer->exchange, answer->message_id, first_payload, plaintext);
    result = prepare(sa, prepared, &draft, &path, len);
    if (result != IKL_OK && own.len != 0) {
        *last_payload(sa->endpoint->draft, own.len) = IKL_PAYLOAD_NONE;
        (void)keep_own(sa, answer, own, IKL_BODY_OWED);
    }
    ikl_wipe(sa->endpoint->draft, plaintext.len);
    return result;
}

static int respond(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_payload *payloads, size_t n)
{
    struct ikl_path path = path_of(sa, answer);
    struct ikl_answer prepared;
    size_t len = 0;
    int result = prepare_response(sa, answer, payloads, n, &prepared, &len);

    if (result != IKL_OK) {
        return result;
    }
    ikl_sa_drop_body(sa, answer->path);
    prepared.next = answer->next;
    *answer = prepared;
    transmit(sa, answer, &path, len);
    ikl_sa_watch_exhaustion(sa);
    return IKL_OK;
}

void ikl_sa_answer_pending(struct ikl_sa *sa)
{
    for (struct ikl_answer *answer = answer_at(sa, sa->first_answer); answer != NULL;
         answer = next_answer(sa, answer)) {
        if (answer->state == IKL_ANSWER_PENDING && answer->exchange == IKL_INFORMATIONAL &&
            answer->message_id + 1 == sa->receive_window.lowest) {
            (void)respond(sa, answer, NULL, 0);
        }
    }
}

int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads, size_t n, ikl_time now)
{
    struct ikl_answer *answer;
    int result;

    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_CLOSING;
    }
    answer = ikl_sa_find_answer(sa, message_id);
    if (answer == NULL || answer->state != IKL_ANSWER_PENDING) {
        return IKL_ERR_NOT_FOUND;
    }
    result = ikl_endpoint_begin(sa->endpoint, &now);
    if (result == IKL_OK) {
        result = respond(sa, answer, payloads, n);
        if (result == IKL_OK && ikl_payloads_say_invalid_syntax(payloads, n)) {
            ikl_sa_end_on_syntax(sa, now);
        }
        ikl_sa_leave(sa, now);
    }
    return result;
}

/* Elsewhere may be narrower than the path it was made for. */
static void refit(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path)
{
    bool own = ikl_path_same(path, &sa->path);

    if (answer->stored != IKL_NONE && (sa->narrowed || !own)) {
        ikl_sa_remember(sa, answer, sa->endpoint->now); /* or it might give way to itself */
        ikl_sa_refit(sa, own ? &sa->path : path, &answer->stored);
    }
}

/* A small response, sealed again into the endpoint's message buffer; `len` 0: it is in the pool. */
static int make_again(struct ikl_sa *sa, const struct ikl_answer *answer, size_t *len)
{
    struct ikl_draft draft = response_to(answer->exchange, answer->message_id, answer->first_payload,
                                         (struct ikl_octets){answer->body, answer->body_len});

    *len = 0;
    return answer->stored == IKL_NONE ? ikl_sa_seal(sa, &draft, answer->iv, len) : IKL_OK;
}

struct ikl_octets ikl_sa_given_response(struct ikl_sa *sa, uint32_t message_id, size_t most)
{
    static const struct ikl_octets none = {NULL, 0};
    const struct ikl_answer *answer = ikl_sa_find_answer(sa, message_id);
    uint8_t *message = ikl_endpoint_message(sa->endpoint);
    size_t len;

    if (answer->state != IKL_ANSWER_GIVEN || make_again(sa, answer, &len) != IKL_OK) {
        return none;
    }
    if (answer->stored != IKL_NONE) {
        len = ikl_pool_len(&sa->endpoint->pool, answer->stored);
    }
    if (len > most) {
        return none;
    }
    if (answer->stored != IKL_NONE) {
        ikl_pool_read(&sa->endpoint->pool, answer->stored, 0, message, len);
    }
    return (struct ikl_octets){message, len};
}

/* The remembered response, once more. */
static int send_again(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path, ikl_time now)
{
    size_t len;
    int result = make_again(sa, answer, &len);

    if (result != IKL_OK) {
        return result;
    }
    sa->counters.repeats++;
    sa->endpoint->counters.repeated++;
    ikl_history_add(sa, IKL_EVENT_REPEATED, answer->message_id, 0, now);
    refit(sa, answer, path);
    transmit(sa, answer, path, len);
    return IKL_OK;
}

/* A request that is not answered yet was repeated along this path, along which it is then answered (§2.11). Where the
 * pool has no room for the path, it stays as it was. */
static void redirect(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path)
{
    uint32_t kept;

    if (keep_path(sa, path, &kept) == IKL_OK) {
        ikl_sa_drop_body(sa, answer->path);
        answer->path = kept;
    }
}

int ikl_sa_repeated(struct ikl_sa *sa, const struct ikl_path *path, uint32_t message_id, ikl_time now)
{
    struct ikl_answer *answer = ikl_sa_find_answer(sa, message_id);

    if (answer == NULL) {
        return IKL_ERR_STALE;
    }
    if (answer->state != IKL_ANSWER_GIVEN) {
        redirect(sa, answer, path);
        ikl_sa_take_turns(sa, now);
        return IKL_ERR_PENDING;
    }
    if (!within_rate(sa, ikl_path_same(path, &sa->path) ? &sa->repeats_own : &sa->repeats_other, now)) {
        return IKL_ERR_RATE;
    }
    return send_again(sa, answer, path, now);
}
