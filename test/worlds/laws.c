/* SPDX-License-Identifier: ISC */
/* What must hold in every world: of what is sent and called back. See laws.h. */
#include "laws.h"

#include <string.h>

enum { SK_IV_AT = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN, SKF_IV_AT = SK_IV_AT + 4, IV_LEN = 8, SPIS_LEN = 16 };

void laws_begin(struct laws *laws, void (*broken)(void *user, const char *law), void *user)
{
    laws->wrong = NULL;
    laws->broken = broken;
    laws->user = user;
    laws->is_full = false;
    laws->has_takeovers = false;
    laws->generation++;
    laws->n_seen = 0;
    laws->n_requests = 0;
}

void laws_hold(struct laws *laws, bool holds, const char *law)
{
    if (holds || laws->wrong != NULL) {
        return;
    }
    laws->wrong = law;
    if (laws->broken != NULL) {
        laws->broken(laws->user, law);
    }
}

void laws_tag_write(uint8_t *tag, uint32_t number)
{
    struct ikl_writer writer = ikl_writer(tag, LAWS_TAG_LEN);

    ikl_write_u32(&writer, number);
}

bool laws_tag_read(uint8_t first_payload, struct ikl_octets plaintext, uint32_t *number)
{
    struct ikl_chain chain = ikl_chain(first_payload, plaintext);
    struct ikl_payload payload;
    struct ikl_reader reader;

    if (ikl_chain_next(&chain, &payload) != IKL_OK || payload.type != IKL_PAYLOAD_VENDOR_ID ||
        payload.body.len < LAWS_TAG_LEN) {
        return false;
    }
    reader = ikl_reader(payload.body.data, payload.body.len);
    *number = ikl_read_u32(&reader);
    return *number != UINT32_MAX;
}

uint32_t laws_request_made(struct laws *laws, const void *owner)
{
    if (laws->n_requests == LAWS_REQUESTS) {
        return UINT32_MAX;
    }
    laws->requests[laws->n_requests] = (struct laws_peer_request){.owner = owner};
    return laws->n_requests++;
}

void laws_request_refused(struct laws *laws, uint32_t number)
{
    struct laws_peer_request *request = &laws->requests[number];

    laws_hold(laws, request->executions == 0 && request->outcomes == 0,
              "a request that could not be made was executed or ended");
    request->outcomes = 1; /* there is nothing to report of it */
    if (number + 1 == laws->n_requests) {
        laws->n_requests--;
    }
}

void laws_request_executed(struct laws *laws, uint32_t number)
{
    if (number >= laws->n_requests) {
        laws_hold(laws, false, "a request was executed that nobody made");
        return;
    }
    laws_hold(laws, laws->requests[number].executions++ == 0, "a request was executed twice");
}

void laws_request_forgotten(struct laws *laws, uint32_t number)
{
    laws_hold(laws, laws->requests[number].executions == 1, "a request is taken back that was not executed once");
    laws->requests[number].executions = 0;
}

void laws_request_ended(struct laws *laws, uint32_t number, bool answered)
{
    struct laws_peer_request *request = &laws->requests[number];

    if (number >= laws->n_requests) {
        laws_hold(laws, false, "a request ended that nobody made");
        return;
    }
    laws_hold(laws, request->outcomes++ == 0, "a request ended twice");
    request->answered = answered;
    laws_hold(laws, !answered || request->executions != 0, "a request was answered that was not executed");
}

void laws_request_lost(struct laws *laws, uint32_t number)
{
    if (laws->requests[number].outcomes == 0) {
        laws->requests[number].outcomes = 1;
    }
}

void laws_requests_lost(struct laws *laws, const void *owner)
{
    for (uint32_t i = 0; i < laws->n_requests; i++) {
        if (laws->requests[i].owner == owner) {
            laws_request_lost(laws, i);
        }
    }
}

uint32_t laws_requests_answered(const struct laws *laws)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < laws->n_requests; i++) {
        n += laws->requests[i].answered ? 1 : 0;
    }
    return n;
}

void laws_requests_over(struct laws *laws)
{
    for (uint32_t i = 0; i < laws->n_requests; i++) {
        laws_hold(laws, laws->requests[i].outcomes != 0, "a request never ended");
    }
}

/* FNV-1a: to tell messages apart, not to protect them. */
static uint64_t hash(uint64_t value, const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        value = (value ^ octets[i]) * UINT64_C(0x100000001b3);
    }
    return value;
}

static uint64_t hash_of(uint64_t kind, const uint8_t *octets, size_t len)
{
    return hash(UINT64_C(0xcbf29ce484222325) ^ kind, octets, len);
}

/* Whether what has this key is what it was before. */
static bool is_same(struct laws *laws, uint64_t key, uint64_t value)
{
    uint64_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 16;
    struct laws_seen *slot = &laws->seen[at % LAWS_SEEN];

    while (slot->generation == laws->generation && slot->key != key) {
        slot = &laws->seen[++at % LAWS_SEEN];
    }
    if (slot->generation == laws->generation) {
        return slot->value == value;
    }
    laws->is_full = laws->n_seen == LAWS_SEEN / 4 * 3;
    if (!laws->is_full) {
        *slot = (struct laws_seen){laws->generation, key, value};
        laws->n_seen++;
    }
    return true;
}

struct ikl_octets laws_without_marker(struct ikl_octets datagram, bool encapsulated)
{
    size_t marker = encapsulated && datagram.len > IKL_NON_ESP_MARKER_LEN ? IKL_NON_ESP_MARKER_LEN : 0;

    return (struct ikl_octets){datagram.data + marker, datagram.len - marker};
}

/* Sender and IKE SA are the SPIs and a flag; one key for each. */
static void check_sealed(struct laws *laws, struct ikl_octets message, const struct ikl_header *header)
{
    bool fragment = header->next_payload == IKL_PAYLOAD_SKF;
    size_t iv_at = fragment ? SKF_IV_AT : SK_IV_AT;
    uint64_t whole = hash_of(0, message.data, message.len);
    uint64_t sender = hash_of(header->flags & IKL_FLAG_INITIATOR, message.data, SPIS_LEN), again;

    if (message.len < iv_at + IV_LEN) {
        laws_hold(laws, false, "a message was sent that is too short to be sealed");
        return;
    }
    laws_hold(laws, is_same(laws, hash(sender, message.data + iv_at, IV_LEN), whole),
              "two messages have one initialisation vector");
    /* the front: SPIs, exchange, flags, Message ID, length; and of a fragment which one it is */
    again = hash_of(1, message.data, fragment ? SKF_IV_AT : SK_IV_AT);
    laws_hold(laws, (laws->has_takeovers && header->message_id == 0) || is_same(laws, again, whole),
              "a message that was sent again is not the same");
}

void laws_sent(struct laws *laws, struct ikl_octets datagram, bool encapsulated)
{
    struct ikl_octets message = laws_without_marker(datagram, encapsulated);
    struct ikl_header header;

    if (message.len == 1) {
        laws_hold(laws, message.data[0] == 0xff, "what was sent is neither IKE nor a NAT keepalive");
    } else if (ikl_header_read(&header, message.data, message.len) != IKL_OK) {
        laws_hold(laws, false, "what was sent is neither IKE nor a NAT keepalive");
    } else if (header.next_payload == IKL_PAYLOAD_SK || header.next_payload == IKL_PAYLOAD_SKF) {
        check_sealed(laws, message, &header);
    } else if (!laws_is_first(header.exchange_type)) {
        laws_hold(laws, laws->hosts_say_invalid_spi && header.next_payload == IKL_PAYLOAD_NOTIFY,
                  "a message was sent without protection");
    }
}

void laws_attempt(struct laws *laws, struct laws_end *end, const struct ikl_attempt *attempt, ikl_time now)
{
    struct laws_sent *sent = end != NULL ? &end->sent[attempt->message_id % LAWS_SENT] : NULL;

    laws_hold(laws, attempt->wait != 0, "a request was sent that is not waited for");
    if (end == NULL) {
        return;
    }
    laws_hold(laws, !end->down, "an IKE SA sent a request after it went down");
    if (attempt->retransmission == 0) {
        *sent = (struct laws_sent){.message_id = attempt->message_id, .first_sent = now};
    }
    laws_hold(laws, sent->message_id == attempt->message_id, "a request was sent again that was not sent");
    laws_hold(laws, attempt->cause != IKL_ATTEMPT_OVERDUE || (end->round_trip_sends && attempt->liveness),
              "a request was overdue that nobody measures");
    sent->sends += attempt->retransmission >= sent->sends ? 1 : 0; /* one while the verdict is held is not counted */
    sent->liveness = attempt->liveness;
    sent->for_evidence += attempt->cause == IKL_ATTEMPT_EVIDENCE ? 1 : 0;
    sent->moves += attempt->cause == IKL_ATTEMPT_MOVED ? 1 : 0;
    sent->reconnected += attempt->cause == IKL_ATTEMPT_RECONNECTED ? 1 : 0;
    sent->resent += attempt->cause == IKL_ATTEMPT_RESENT ? 1 : 0;
    if ((attempt->cause == IKL_ATTEMPT_RESENT || attempt->cause == IKL_ATTEMPT_RECONNECTED) && end->schedule != NULL) {
        end->host->allowance += ikl_schedule_wait(end->schedule, 0); /* time for the answer */
    }
    sent->last_sent = now;
}

/* Nobody is told of that send, but the answer is no sample then. */
void laws_blocked(struct laws_end *end, uint32_t message_id)
{
    struct laws_sent *sent = &end->sent[message_id % LAWS_SENT];

    sent->blocked |= sent->message_id == message_id && sent->sends != 0;
}

static void measure(struct laws_end *end, const struct ikl_alive *alive, ikl_time now)
{
    if (alive->sends == 1 && !end->sent[alive->message_id % LAWS_SENT].blocked) {
        ikl_round_trip_sample(&end->round_trip, now > alive->first_sent ? now - alive->first_sent : 0);
    } else {
        ikl_round_trip_missed(&end->round_trip);
    }
}

void laws_alive(struct laws *laws, struct laws_end *end, const struct ikl_alive *alive, ikl_time now)
{
    laws_hold(laws, end == NULL || !end->down, "a peer was said to be alive after its IKE SA went down");
    laws_hold(laws, alive->sends != 0, "a request was answered that was never sent");
    if (end != NULL && alive->liveness) {
        measure(end, alive, now);
    }
}

void laws_peer_request(struct laws *laws, struct laws_end *end, const struct ikl_peer_request *request)
{
    if (end == NULL) {
        return;
    }
    laws_hold(laws, request->message_id >= end->requests_taken, "a request was delivered twice or out of order");
    end->requests_taken = request->message_id + 1;
}

void laws_state(struct laws *laws, struct laws_end *end, enum ikl_sa_state state)
{
    if (end != NULL && state == IKL_SA_ESTABLISHED) {
        end->connecting = false;
    }
    laws_hold(laws, end == NULL || !end->down || state == IKL_SA_DEAD, "an IKE SA came back after it went down");
}

/* Its schedule begins anew then. */
void laws_syncs(struct laws *laws, struct laws_end *end)
{
    laws->has_takeovers = true;
    end->syncing = true;
    memset(end->sent, 0, sizeof(end->sent));
    if (end->schedule != NULL) {
        end->host->allowance += ikl_schedule_total(end->schedule);
    }
}

void laws_synced(struct laws_end *end, bool by_peer)
{
    if (end != NULL && !by_peer) {
        end->syncing = false;
    }
}

void laws_children_up(struct laws_host *host, uint32_t n)
{
    host->children_up += n;
}

void laws_child_removed(struct laws *laws, struct laws_host *host)
{
    laws_hold(laws, host->children_up != 0, "a Child SA went down twice");
    host->children_up--;
}

void laws_child_down(struct laws *laws, const struct laws_end *end)
{
    laws_hold(laws, !end->down, "a Child SA went down after its IKE SA");
    if (!end->making) {
        laws_child_removed(laws, end->host);
    }
}

/* How long its schedule is, at the least. */
static uint64_t least_total(const struct laws_end *end, const struct laws_sent *sent)
{
    struct ikl_schedule used = *end->schedule;

    if (end->trim && sent->liveness && !end->reliable) {
        ikl_round_trip_trim(&used, &used, &end->round_trip);
    }
    return ikl_schedule_total(&used);
}

/* Some request was sent in all tries, its waits have passed, and no answer came. Waits count from when the first send
 * was due, which on a host whose ticks are not exact is up to the tick_slack before it. */
static bool ran_out(const struct laws_end *end, ikl_time now)
{
    ikl_time slack = end->host->ticks_exactly && !end->host->late ? 0 : LAWS_TICK_SLACK;

    for (size_t i = 0; i < LAWS_SENT; i++) {
        const struct laws_sent *sent = &end->sent[i];

        if (sent->sends >= (end->reliable ? 1u : end->schedule->tries) && !sent->answer_arrived &&
            sent->first_sent + least_total(end, sent) <= now + slack) {
            return true;
        }
    }
    return false;
}

/* Since the peer was heard. On a reliable path nothing is sent for that. */
static bool ran_twice(const struct laws_end *end, const struct laws_sent *sent, ikl_time now)
{
    return end->reliable ? now > sent->first_sent + ikl_schedule_total(end->schedule) : sent->for_evidence != 0;
}

static uint64_t most_sends(const struct laws_end *end, const struct laws_sent *sent)
{
    uint32_t asked_for = sent->resent + sent->reconnected;

    if (end->reliable) {
        return 1 + sent->moves + asked_for;
    }
    return ikl_schedule_most_sends(end->schedule, sent->moves) + 2 + asked_for +
           (end->round_trip_sends ? IKL_RUN_MAX_EARLY : 0);
}

static void check_verdict(struct laws *laws, const struct laws_end *end, const struct ikl_down *down, ikl_time now)
{
    const struct laws_sent *sent = &end->sent[down->message_id % LAWS_SENT];

    laws_hold(laws, ran_out(end, now), "an IKE SA was given up before its schedule ran out, or though it was answered");
    laws_hold(laws, sent->message_id == down->message_id && sent->sends == down->sends,
              "an IKE SA was given up for a request that it did not send so often");
    /* a clock that was set back is not the endpoint's */
    laws_hold(laws, end->host->late || down->heard_since_last_send == (down->last_evidence > sent->last_sent),
              "a verdict does not say whether its peer was heard");
    laws_hold(laws, !down->heard_since_last_send || end->connecting || ran_twice(end, sent, now),
              "an IKE SA was given up though its peer was heard");
    laws_hold(laws, sent->sends <= most_sends(end, sent), "a request was sent more often than it may be");
}

void laws_down(struct laws *laws, struct laws_end *end, const struct ikl_down *down, ikl_time now)
{
    laws_hold(laws, down->n_events == 0 || down->events != NULL, "a history is missing");
    if (end == NULL) {
        return;
    }
    laws_hold(laws, !end->down, "an IKE SA went down twice");
    if (down->reason == IKL_DOWN_TIMEOUT && end->schedule != NULL) {
        check_verdict(laws, end, down, now);
    }
    end->down = true;
}

void laws_answer_arrived(struct laws_end *end, uint32_t message_id)
{
    struct laws_sent *sent = &end->sent[message_id % LAWS_SENT];

    /* one to a synchronisation may be meant for a member before: only its nonce tells */
    sent->answer_arrived |= sent->message_id == message_id && sent->sends != 0 && !(end->syncing && message_id == 0);
}
