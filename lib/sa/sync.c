/* SPDX-License-Identifier: ISC */
/* ikelive sa: synchronises Message IDs after another member of a cluster took over: that of ours, which asks the peer,
 * or that of the peer's, which asks us (RFC 6311 §5.1). */
#include "syncing.h"

#include "ending.h"
#include "evidence.h"
#include "field.h"
#include "limit.h"
#include "move.h"
#include "octets.h"
#include "protect.h"
#include "reachability.h"
#include "remembered.h"
#include "request.h"
#include "sized.h"

enum { REPEATS = 10, MS_PER_REPEAT = 100 }; /* of an answer */

static uint32_t highest(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The options, as large as they are known here. */
static bool take_options(struct ikl_sync_options *to, const struct ikl_sync_options *from)
{
    return ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_sync_options, unknown_requests));
}

const char *ikl_sync_options_error(const struct ikl_sync_options *options)
{
    struct ikl_sync_options taken;

    if (options == NULL) {
        return NULL;
    }
    if (!take_options(&taken, options)) {
        return IKL_FIELD("size");
    }
    return !taken.replay.extended && taken.replay.delta > UINT32_MAX ? IKL_FIELD("replay.delta") : NULL;
}

static int check(const struct ikl_sa *sa, const struct ikl_sync *sync, const struct ikl_sync_options *options)
{
    unsigned wanted = IKL_SYNC_MESSAGE_IDS | (options->replay.delta != 0 ? (unsigned)IKL_SYNC_REPLAY_COUNTERS : 0u);

    if (!ikl_sa_may(sa, IKL_SA_MAY_PROBE)) {
        return IKL_ERR_STATE;
    }
    if (sync == NULL || (wanted & ~(unsigned)sync->agreed) != 0) {
        return IKL_ERR_UNSUPPORTED;
    }
    return ikl_sa_is_syncing(sa) || sa->probe.attempt_untold ? IKL_ERR_BUSY : IKL_OK;
}

/* What to ask for: our next Message ID, with all that we may know nothing of left out, and that which another member
 * may have asked for in the same way; and that of the peer. */
static int propose(struct ikl_sa *sa, const struct ikl_sync_options *options, struct ikl_sync_content *out)
{
    uint32_t unknown = highest(options->unknown_requests, sa->send_window.size - 1u);
    uint32_t next = sa->send_window.next;
    uint8_t nonce[sizeof(out->ids.nonce)];
    int result;

    if (next > IKL_MESSAGE_ID_LAST || unknown >= IKL_MESSAGE_ID_LAST - next ||
        sa->receive_window.beyond > IKL_MESSAGE_ID_LAST) {
        return IKL_ERR_EXHAUSTED;
    }
    result = ikl_endpoint_random(sa->endpoint, nonce, sizeof(nonce));
    *out = (struct ikl_sync_content){
        .ids = {.nonce = ikl_load_u32(nonce), .send = next + unknown + 1, .receive = sa->receive_window.beyond},
        .replay = options->replay};
    return result;
}

/* A message that was sealed into the endpoint's message buffer. */
struct sealed {
    uint8_t iv[IKL_MAX_IV];
    size_t len;
    uint32_t stored; /* or IKL_NONE: it can be made again */
};

static int seal(struct ikl_sa *sa, const struct ikl_sync_content *content, bool response, struct sealed *out)
{
    int result = ikl_sa_next_iv(sa, out->iv);

    out->stored = IKL_NONE;
    if (result == IKL_OK) {
        result = ikl_sa_seal_sync(sa, content, response, out->iv, &out->len);
    }
    if (result == IKL_OK && !ikl_sa_cipher(sa)->deterministic) {
        out->stored = ikl_sa_store_body(sa, ikl_endpoint_message(sa->endpoint), out->len, IKL_BODY_SMALL);
        result = out->stored != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
    }
    return result;
}

/* Our request goes out with Message ID 0, and nothing else until it is answered. */
static void send_first(struct ikl_sa *sa, const struct ikl_sync_content *content, const struct sealed *sealed,
                       ikl_time now)
{
    ikl_sa_skip_sent(sa, now);
    memcpy(sa->probe_iv, sealed->iv, sizeof(sa->probe_iv));
    sa->probe.stored = sealed->stored;
    sa->probe.kind = IKL_REQUEST_SYNC;
    ikl_window_open_at(&sa->send_window, 0);
    ikl_request_begin(sa, &sa->probe, now, now);
    ikl_window_shut(&sa->send_window, content->ids.send);
    ikl_request_transmit_made(sa, &sa->probe, sealed->len, now);
}

static int start(struct ikl_sa *sa, struct ikl_sync *sync, const struct ikl_sync_options *options, ikl_time now)
{
    struct ikl_sync_content content;
    struct sealed sealed;
    int result = propose(sa, options, &content);

    if (result == IKL_OK) {
        result = seal(sa, &content, false, &sealed);
    }
    if (result == IKL_OK) {
        sync->ours = content;
        send_first(sa, &content, &sealed, now);
    }
    return result;
}

int ikl_decide_sync(struct ikl_sa *sa, const struct ikl_sync_options *given, ikl_time now)
{
    struct ikl_sync_options options = {.size = sizeof(options)};
    struct ikl_sync *sync = ikl_sa_sync_of(sa);
    int result;

    if (ikl_sync_options_error(given) != NULL) {
        return IKL_ERR_INVALID;
    }
    if (given != NULL) {
        (void)take_options(&options, given); /* they were checked */
    }
    result = check(sa, sync, &options);
    return result == IKL_OK ? start(sa, sync, &options, now) : result;
}

static bool is_response(const struct ikl_message *message)
{
    return (message->opened.header.flags & IKL_FLAG_RESPONSE) != 0;
}

/* Whether a message can belong to the exchange at all, by its header. */
static bool is_likely(const struct ikl_sync *sync, const struct ikl_header *header)
{
    return header->message_id == 0 && header->exchange_type == IKL_INFORMATIONAL &&
           (sync->agreed & IKL_SYNC_MESSAGE_IDS) != 0;
}

int ikl_sa_judge_sync(const struct ikl_sa *sa, const struct ikl_message *message)
{
    const struct ikl_header *header = &message->opened.header;
    const struct ikl_sync *sync = ikl_sa_sync_of(sa);
    bool from_initiator = (header->flags & IKL_FLAG_INITIATOR) != 0;

    if (from_initiator == sa->original_initiator || sa->state == IKL_SA_CONNECTING) {
        return IKL_ERR_NOT_FOUND;
    }
    if (is_response(message)) {
        return !ikl_sa_is_syncing(sa)                                              ? IKL_ERR_NOT_FOUND
               : !is_likely(sync, header) || sa->probe.run.first_sent == IKL_NEVER ? IKL_ERR_UNSOLICITED
                                                                                   : IKL_OK;
    }
    return is_likely(sync, header) ? IKL_OK : ikl_sa_is_syncing(sa) ? IKL_ERR_PENDING : IKL_ERR_NOT_FOUND;
}

/* Forgets what each of them holds. */
static void empty_responses(struct ikl_sa *sa)
{
    for (struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        ikl_sa_empty_response(sa, response);
    }
}

/* The Message IDs are agreed. What the peer asked before is over, whether it was answered or not. */
static void settle(struct ikl_sa *sa, bool by_peer, const struct ikl_replay_sync *replay,
                   const struct ikl_message *message, uint32_t expected, ikl_time now)
{
    ikl_window_expect(&sa->receive_window, expected);
    empty_responses(sa);
    ikl_sa_drop_fragments(sa);
    ikl_sa_tell_synced(sa, by_peer, replay, now);
    ikl_sa_heard(sa, now);
    ikl_sa_heard_from(sa, message->path, now);
    ikl_sa_watch_exhaustion(sa);
    ikl_sa_set_due(sa);
    ikl_sa_go_on(sa, now);
}

/* The answer to our request. */
static int take_answer(struct ikl_sa *sa, struct ikl_sync *sync, const struct ikl_sync_content *content,
                       const struct ikl_message *message, ikl_time now)
{
    uint32_t next = highest(sa->send_window.next, content->ids.receive);
    uint32_t expected = highest(sa->receive_window.beyond, content->ids.send);

    if (content->ids.nonce != sync->ours.ids.nonce) {
        return IKL_ERR_UNSOLICITED;
    }
    if (content->replay.delta != 0 || content->ids.receive < sync->ours.ids.send ||
        content->ids.send < sync->ours.ids.receive) {
        return IKL_ERR_MALFORMED;
    }
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    sa->endpoint->counters.syncs++;
    ikl_probe_end(sa);
    sa->probe.kind = IKL_REQUEST_PROBE;
    ikl_window_open_at(&sa->send_window, next);
    ikl_sa_set_reachability(sa, IKL_REACHABILITY_UP, now);
    settle(sa, false, &content->replay, message, expected, now);
    return IKL_OK;
}

static bool is_same(const struct ikl_sync_content *a, const struct ikl_sync_content *b)
{
    return a->ids.nonce == b->ids.nonce && a->ids.send == b->ids.send && a->ids.receive == b->ids.receive &&
           a->replay.delta == b->replay.delta && a->replay.extended == b->replay.extended;
}

static void transmit(struct ikl_sa *sa, const struct ikl_path *path, size_t len, ikl_time now)
{
    int result = ikl_endpoint_transmit(sa->endpoint, sa, path, len);

    if (result != IKL_OK) {
        ikl_history_add_failure(sa, result, now);
    }
}

/* Brings the answer into the endpoint's message buffer once more. */
static int make_answer_again(struct ikl_sa *sa, const struct ikl_sync *sync, size_t *len)
{
    const struct ikl_sync_content content = {.ids = sync->answer};

    if (sync->stored == IKL_NONE) {
        return ikl_sa_seal_sync(sa, &content, true, sync->iv, len);
    }
    *len = ikl_pool_len(&sa->endpoint->pool, sync->stored);
    ikl_pool_read(&sa->endpoint->pool, sync->stored, 0, ikl_endpoint_message(sa->endpoint), *len);
    return IKL_OK;
}

static int repeat_answer(struct ikl_sa *sa, struct ikl_sync *sync, const struct ikl_path *path, ikl_time now)
{
    size_t len;
    int result = ikl_within_limit(&sync->full_at, REPEATS, MS_PER_REPEAT, now) ? make_answer_again(sa, sync, &len)
                                                                               : IKL_ERR_RATE;

    if (result == IKL_OK) {
        sa->counters.repeats++;
        sa->endpoint->counters.repeated++;
        ikl_history_add(sa, IKL_EVENT_REPEATED, 0, 0, now);
        transmit(sa, path, len, now);
    }
    return result;
}

static void keep_answer(struct ikl_sa *sa, struct ikl_sync *sync, const struct ikl_sync_content *asked,
                        const struct ikl_message_id_sync *answer, const struct sealed *sealed)
{
    ikl_sa_drop_body(sa, sync->stored);
    sync->stored = sealed->stored;
    memcpy(sync->iv, sealed->iv, sizeof(sync->iv));
    sync->peers = *asked;
    sync->answer = *answer;
    sync->least = asked->ids.send + 1;
    sync->answered = true;
}

/* Our requests go on from here; while ours is under way, they wait for its end. */
static void go_on_from(struct ikl_sa *sa, uint32_t next, ikl_time now)
{
    if (ikl_sa_is_syncing(sa)) {
        ikl_window_shut(&sa->send_window, next);
    } else {
        ikl_sa_skip_sent(sa, now);
        ikl_window_open_at(&sa->send_window, next);
    }
}

static int answer(struct ikl_sa *sa, struct ikl_sync *sync, const struct ikl_sync_content *asked,
                  const struct ikl_message *message, ikl_time now)
{
    const struct ikl_sync_content content = {.ids = {.nonce = asked->ids.nonce,
                                                     .send = highest(asked->ids.receive, sa->send_window.next),
                                                     .receive = highest(asked->ids.send, sa->receive_window.beyond)}};
    struct sealed sealed;
    int result = seal(sa, &content, true, &sealed);

    if (result != IKL_OK) {
        return result;
    }
    keep_answer(sa, sync, asked, &content.ids, &sealed);
    transmit(sa, message->path, sealed.len, now);
    sa->counters.requests++;
    sa->endpoint->counters.peer_syncs++;
    go_on_from(sa, content.ids.send, now);
    settle(sa, true, &asked->replay, message, content.ids.receive, now);
    return IKL_OK;
}

/* Whether the peer goes on with a Message ID that nobody used before it (§5.1). While both sides synchronise, what we
 * know of it is as old as what it knows of us (appendix A.4): answering it then moves no number back. */
static bool is_new(const struct ikl_sa *sa, const struct ikl_sync *sync, uint32_t send)
{
    return send >= sync->least && (send >= sa->receive_window.beyond || ikl_sa_is_syncing(sa));
}

static int take_request(struct ikl_sa *sa, struct ikl_sync *sync, const struct ikl_sync_content *content,
                        const struct ikl_message *message, ikl_time now)
{
    if (sync->answered && is_same(content, &sync->peers)) {
        return repeat_answer(sa, sync, message->path, now);
    }
    return is_new(sa, sync, content->ids.send) ? answer(sa, sync, content, message, now) : IKL_ERR_STALE;
}

int ikl_sa_take_sync(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    struct ikl_sync *sync = ikl_sa_sync_of(sa);
    struct ikl_sync_content content;
    int result = ikl_sync_read(&content, &message->opened);

    if (result == IKL_ERR_NOT_FOUND && !ikl_sa_is_syncing(sa)) {
        return result;
    }
    if (result == IKL_ERR_NOT_FOUND) {
        return is_response(message) ? IKL_ERR_UNSOLICITED : IKL_ERR_PENDING;
    }
    if (result == IKL_OK) {
        result = is_response(message) ? take_answer(sa, sync, &content, message, now)
                                      : take_request(sa, sync, &content, message, now);
    }
    sa->endpoint->counters.syncs_refused += result != IKL_OK;
    return result;
}
