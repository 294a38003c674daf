/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer's requests (RFC 7296 §2.1, §2.3): taken in the order of Message IDs; a repeated one gets its
 * response again. */
#include "hand.h"
#include "move.h"
#include "remembered.h"

#include "octets.h"
#include "out_of_line.h"

/* Lets a request wait for its turn: lower Message IDs are missing, or came and could not be handled yet. */
IKL_OUT_OF_LINE static int wait_for_turn(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct ikl_response waiting = {.message_id = message->opened.header.message_id,
                                   .exchange_type = message->opened.header.exchange_type,
                                   .first_payload = message->opened.first_payload,
                                   .kept = {.critical = message->opened.critical},
                                   .state = IKL_RESPONSE_WAITING};
    struct ikl_response *response = ikl_sa_find_response(sa, message->opened.header.message_id);
    int result;

    if (response == NULL && ikl_sa_free_response(sa)->state == IKL_RESPONSE_WAITING) {
        return IKL_ERR_NO_BUFFER; /* the oldest waiting request comes first */
    }
    result = ikl_sa_keep_path(sa, message->path, &waiting.path);
    if (result != IKL_OK) {
        return result;
    }
    waiting.stored = ikl_sa_store_body(sa, message->opened.plaintext.data, message->opened.plaintext.len, IKL_BODY);
    if (waiting.stored == IKL_NONE) {
        ikl_sa_drop_body(sa, waiting.path);
        return IKL_ERR_NO_BUFFER;
    }
    response = response != NULL ? response : ikl_sa_new_response(sa, waiting.message_id);
    waiting.next = response->next;
    *response = waiting;
    ikl_store_u64(response->kept.at, ikl_time_after(now, sa->endpoint->reassembly_time));
    ikl_store_u64(response->kept.hash, ikl_sa_hash_request(sa, message));
    if (ikl_sa_accept(sa, message, now)) {
        ikl_sa_heard_from(sa, message->path, now);
    }
    ikl_sa_set_due(sa);
    return IKL_OK;
}

/* When a request that waits for its turn is forgotten. */
static ikl_time expiry_of(const struct ikl_response *response)
{
    return response->state == IKL_RESPONSE_WAITING && !ikl_response_is_overdue(response)
               ? ikl_load_u64(response->kept.at)
               : IKL_NEVER;
}

ikl_time ikl_sa_waiting_deadline(const struct ikl_sa *sa)
{
    ikl_time deadline = IKL_NEVER;

    for (const struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        deadline = ikl_time_earlier(deadline, expiry_of(response));
    }
    return deadline;
}

/* The Message ID still counts as received: when the request comes again, it is no sign of life. */
void ikl_sa_expire_waiting(struct ikl_sa *sa, ikl_time now)
{
    for (struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (expiry_of(response) <= now) {
            ikl_sa_drop_body(sa, response->stored);
            ikl_sa_drop_body(sa, response->path);
            response->stored = response->path = IKL_NONE;
        }
    }
}

/* The request whose turn has come, the lowest Message ID first; null when none waits or one below is missing. */
static struct ikl_response *next_in_turn(const struct ikl_sa *sa)
{
    struct ikl_response *first = NULL;

    for (struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (response->state == IKL_RESPONSE_WAITING && response->message_id < sa->receive_window.lowest &&
            (first == NULL || response->message_id < first->message_id)) {
            first = response;
        }
    }
    return first;
}

/* Handles a request that waited. It is kept until that succeeds, so when the peer repeats it, it is tried again. */
static int take_turn(struct ikl_sa *sa, struct ikl_response *response, ikl_time now)
{
    struct ikl_pool *pool = &sa->endpoint->pool;
    struct ikl_path path = ikl_response_path(sa, response);
    size_t len = ikl_pool_len(pool, response->stored);
    struct ikl_message message = {.path = &path,
                                  .opened = {.header = {.spi_i = sa->spi_i,
                                                        .spi_r = sa->spi_r,
                                                        .exchange_type = response->exchange_type,
                                                        .flags = sa->original_initiator ? 0 : IKL_FLAG_INITIATOR,
                                                        .message_id = response->message_id},
                                             .first_payload = response->first_payload,
                                             .critical = response->kept.critical,
                                             .plaintext = {sa->endpoint->plaintext, len}},
                                  .hash = ikl_load_u64(response->kept.hash)};
    int result;

    ikl_pool_read(pool, response->stored, 0, sa->endpoint->plaintext, len);
    result = ikl_sa_handle_request(sa, &message, now);
    ikl_hand_wipe_after(sa->endpoint, len);
    return result;
}

/* One at a time is in hand. */
IKL_OUT_OF_LINE static void take_turns(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_response *response;

    while (ikl_hand_is_empty(sa->endpoint) && (response = next_in_turn(sa)) != NULL) {
        if (ikl_response_is_overdue(response) || take_turn(sa, response, now) != IKL_OK) {
            return;
        }
    }
}

void ikl_sa_take_turns(struct ikl_sa *sa, ikl_time now)
{
    if (sa->receive_window.size > 1) {
        take_turns(sa, now);
    }
}

/* Whether all requests before this one were handled. */
static bool is_in_turn(const struct ikl_sa *sa, uint32_t message_id)
{
    return message_id == sa->receive_window.lowest && (sa->receive_window.size == 1 || next_in_turn(sa) == NULL);
}

int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    int result = is_in_turn(sa, message->opened.header.message_id) ? ikl_sa_handle_request(sa, message, now)
                                                                   : wait_for_turn(sa, message, now);

    if (result == IKL_OK) {
        ikl_sa_take_turns(sa, now);
    }
    return result;
}

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

/* A request that is not answered yet was repeated along this path: it will be answered along it (§2.11). If the pool
 * has no room for the path, the old one stays. */
static void redirect(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_path *path)
{
    uint32_t kept;

    if (ikl_sa_keep_path(sa, path, &kept) == IKL_OK) {
        ikl_sa_drop_body(sa, response->path);
        response->path = kept;
    }
}

int ikl_sa_repeated(struct ikl_sa *sa, const struct ikl_path *path, uint32_t message_id, ikl_time now)
{
    struct ikl_response *response = ikl_sa_find_response(sa, message_id);

    if (response == NULL) {
        return IKL_ERR_STALE;
    }
    if (response->state != IKL_RESPONSE_GIVEN) {
        redirect(sa, response, path);
        ikl_sa_take_turns(sa, now);
        return IKL_ERR_PENDING;
    }
    if (!within_rate(sa, ikl_path_same(path, &sa->path) ? &sa->repeats_own : &sa->repeats_other, now)) {
        return IKL_ERR_RATE;
    }
    return ikl_sa_repeat_response(sa, response, path, now);
}
