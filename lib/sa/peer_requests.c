/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer's requests (RFC 7296 §2.1, §2.3): taken in the order of Message IDs; a repeated one gets its
 * response again. */
#include "quick.h"

#include "octets.h"

/* A request waits for its turn when lower Message IDs are missing, or came and could not be handled yet. */
static int wait_for_turn(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct ikl_answer waiting = {.message_id = message->header.message_id,
                                 .exchange_type = message->header.exchange_type,
                                 .first_payload = message->first_payload,
                                 .kept = {.critical = message->critical},
                                 .state = IKL_ANSWER_WAITING};
    struct ikl_answer *answer = ikl_sa_find_answer(sa, message->header.message_id);
    int result;

    if (answer == NULL && ikl_sa_free_answer(sa)->state == IKL_ANSWER_WAITING) {
        return IKL_ERR_NO_BUFFER; /* the oldest of them comes first */
    }
    result = ikl_sa_keep_path(sa, message->path, &waiting.path);
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
    if (ikl_sa_accept(sa, message, now)) {
        ikl_sa_heard_from(sa, message->path, now);
    }
    sa->marks.due = true;
    return IKL_OK;
}

/* When a request that waits for its turn is forgotten. */
static ikl_time expiry_of(const struct ikl_answer *answer)
{
    return answer->state == IKL_ANSWER_WAITING && !ikl_answer_is_overdue(answer) ? ikl_load_u64(answer->kept.at)
                                                                                 : IKL_NEVER;
}

ikl_time ikl_sa_waiting_deadline(const struct ikl_sa *sa)
{
    ikl_time deadline = IKL_NEVER;

    for (const struct ikl_answer *answer = ikl_sa_first_answer(sa); answer != NULL;
         answer = ikl_sa_next_answer(sa, answer)) {
        deadline = ikl_time_earlier(deadline, expiry_of(answer));
    }
    return deadline;
}

/* Its Message ID counts as received still: when it comes again that is no sign of life. */
void ikl_sa_expire_waiting(struct ikl_sa *sa, ikl_time now)
{
    for (struct ikl_answer *answer = ikl_sa_first_answer(sa); answer != NULL; answer = ikl_sa_next_answer(sa, answer)) {
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

    for (struct ikl_answer *answer = ikl_sa_first_answer(sa); answer != NULL; answer = ikl_sa_next_answer(sa, answer)) {
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
    struct ikl_path path = ikl_answer_path(sa, answer);
    size_t len = !ikl_answer_is_overdue(answer) ? ikl_pool_len(pool, answer->stored) : 0;
    struct ikl_message message = {.path = &path,
                                  .header = {.spi_i = sa->spi_i,
                                             .spi_r = sa->spi_r,
                                             .exchange_type = answer->exchange_type,
                                             .message_id = answer->message_id},
                                  .first_payload = answer->first_payload,
                                  .critical = answer->kept.critical,
                                  .plaintext = {sa->endpoint->plaintext, len},
                                  .hash = ikl_load_u64(answer->kept.hash)};
    int result;

    if (ikl_answer_is_overdue(answer)) {
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

/* A request that is not answered yet was repeated along this path, along which it is then answered (§2.11). Where the
 * pool has no room for the path, it stays as it was. */
static void redirect(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path)
{
    uint32_t kept;

    if (ikl_sa_keep_path(sa, path, &kept) == IKL_OK) {
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
    return ikl_sa_repeat_response(sa, answer, path, now);
}
