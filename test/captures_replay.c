/* SPDX-License-Identifier: ISC */
/* One message of a recorded session after another, sent or received by an IKE SA of the library. */
#include "captures_replay.h"

#include <string.h>

enum { MAX_DATAGRAM = 65536, MAX_PAYLOADS = 64 };

static const uint32_t DELETE_WAIT = UINT32_C(1000) * REPLAY_WAIT;

static void mismatch(struct replay *replay, const char *what)
{
    capture_mismatch(replay->capture, replay->number, what);
}

static void count(const struct replay *replay, size_t *counter)
{
    *counter += replay->counts ? 1 : 0;
}

static void count_sent(const struct replay *replay, size_t *counter)
{
    count(replay, counter);
    count(replay, &replay->capture->n_sent);
    if (replay->identical) {
        count(replay, &replay->capture->n_sent_identically);
    }
}

static bool same(struct ikl_octets a, struct ikl_octets b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* True when the library pads as the peer did: as little as possible, with zeros. */
static bool is_padded_alike(const struct capture *capture, const struct session_message *message)
{
    size_t len = message->padded.len - message->plaintext.len - 1;

    for (size_t i = 0; i < len; i++) {
        if (message->padded.data[message->plaintext.len + i] != 0) {
            return false;
        }
    }
    return len == 0 || len < capture->cipher->block_len;
}

/* Octet for octet, unless the peer chose its padding at random. */
static bool is_as_recorded(struct replay *replay, struct ikl_octets datagram)
{
    const struct session_message *due = replay->due;

    replay->identical = same(datagram, due->datagram);
    return replay->identical || (due->iv.data != NULL && !is_padded_alike(replay->capture, due) &&
                                 capture_same_but_for_padding(replay->capture, due, datagram));
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    static const uint8_t marker[IKL_NON_ESP_MARKER_LEN];
    struct replay *replay = user;
    size_t skip = path->encapsulated ? sizeof(marker) : 0;
    struct ikl_path expected;

    (void)sa;
    replay->n_sent++;
    if (replay->due == NULL || len < skip || memcmp(datagram, marker, skip) != 0) {
        return IKL_OK;
    }
    expected = replay_path(replay, replay->due);
    replay->as_recorded =
        ikl_path_same(path, &expected) && is_as_recorded(replay, (struct ikl_octets){datagram + skip, len - skip});
    return IKL_OK;
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct replay *replay = user;

    (void)sa;
    replay->asked = replay->received != NULL && request->message_id == replay->received->message_id &&
                    request->exchange_type == replay->received->exchange_type &&
                    request->first_payload == replay->received->first_payload &&
                    same(request->plaintext, replay->received->plaintext);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct replay *replay = user;

    (void)sa;
    replay->heard = replay->received != NULL && alive->message_id == replay->received->message_id &&
                    alive->exchange_type == replay->received->exchange_type;
}

/* The payloads of a response to a request of the host's are those recorded. */
static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct replay *replay = user;

    (void)sa;
    if (outcome->kind == IKL_OUTCOME_TIMED_OUT) {
        mismatch(replay, "a request is given up");
    } else if (outcome->kind == IKL_OUTCOME_ANSWERED && outcome->exchange_type != IKL_IKE_SA_INIT &&
               (replay->received == NULL || !same(outcome->plaintext, replay->received->plaintext))) {
        mismatch(replay, "a response is delivered that is not the one recorded");
    }
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct replay *replay = user;

    (void)sa;
    replay->heard = replay->received != NULL && same(response->datagram, replay->received->datagram);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct replay *replay = user;

    (void)sa;
    (void)down;
    replay->n_down++;
}

/* Writes the IV with which the message that is due was recorded, once. */
static bool give_iv(struct replay *replay, uint8_t *out, size_t len)
{
    if (replay->due == NULL || replay->due->iv.len != len || replay->iv_given) {
        return false;
    }
    memcpy(out, replay->due->iv.data, len);
    replay->iv_given = true;
    return true;
}

int replay_next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)sa;
    return give_iv(user, iv, len) ? IKL_OK : IKL_ERR_CRYPTO;
}

/* An IV that must be unpredictable comes from here. What else is drawn at random does not show in messages. */
static int on_random(void *user, uint8_t *out, size_t len)
{
    struct replay *replay = user;

    if (replay->capture->cipher->counter_iv || !give_iv(replay, out, len)) {
        memset(out, 0x5a, len);
    }
    return IKL_OK;
}

struct ikl_callbacks replay_callbacks(void)
{
    return (struct ikl_callbacks){.size = sizeof(struct ikl_callbacks),
                                  .random = on_random,
                                  .send = on_send,
                                  .alive = on_alive,
                                  .outcome = on_outcome,
                                  .init_response = on_init_response,
                                  .peer_request = on_peer_request,
                                  .down = on_down};
}

static void begin_step(struct replay *replay, const struct session_message *due, const struct session_message *received)
{
    replay->now += REPLAY_STEP;
    replay->due = due;
    replay->received = received;
    replay->iv_given = false;
    replay->as_recorded = false;
    replay->asked = false;
    replay->heard = false;
    replay->n_sent = 0;
}

static bool check_sent(struct replay *replay, const char *otherwise)
{
    bool sent = replay->n_sent == 1 && replay->as_recorded;

    if (!sent) {
        mismatch(replay, otherwise);
    }
    return sent;
}

static int feed(struct replay *replay, const struct session_message *message)
{
    static uint8_t datagram[IKL_NON_ESP_MARKER_LEN + MAX_DATAGRAM];
    struct ikl_path path = replay_path(replay, message);
    size_t skip = path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;

    if (message->datagram.len > MAX_DATAGRAM) {
        return IKL_ERR_NO_BUFFER;
    }
    memset(datagram, 0, skip);
    memcpy(datagram + skip, message->datagram.data, message->datagram.len);
    return ikl_endpoint_receive(replay->endpoint, &path, datagram, skip + message->datagram.len, replay->now);
}

/* The payloads that a message carries; SIZE_MAX when they are too many or make no sense. */
static size_t read_payloads(const struct session_message *message, struct ikl_payload *out)
{
    struct ikl_octets unprotected = {message->datagram.data + IKL_HEADER_LEN, message->datagram.len - IKL_HEADER_LEN};
    struct ikl_chain chain = ikl_chain((uint8_t)message->first_payload, message->plaintext);
    size_t n = 0;
    int result;

    if (message->iv.data == NULL) {
        struct ikl_header header;

        if (ikl_header_read(&header, message->datagram.data, message->datagram.len) != IKL_OK) {
            return SIZE_MAX;
        }
        chain = ikl_chain(header.next_payload, unprotected);
    }
    while (n < MAX_PAYLOADS && (result = ikl_chain_next(&chain, &out[n])) == IKL_OK) {
        n++;
    }
    return n < MAX_PAYLOADS && result == IKL_ERR_END ? n : SIZE_MAX;
}

/* What the library sends of its own accord it also composes itself. */
static int make_request(struct replay *replay, const struct session_message *message)
{
    struct ikl_payload payloads[MAX_PAYLOADS];
    size_t n = read_payloads(message, payloads);

    if (n == SIZE_MAX) {
        return IKL_ERR_MALFORMED;
    }
    if (message->exchange_type == IKL_INFORMATIONAL && n == 0) {
        return ikl_sa_probe(replay->sa, replay->now);
    }
    if (replay_deletes_sa(message) && n == 1) {
        return ikl_sa_delete(replay->sa, DELETE_WAIT, replay->now);
    }
    if (message->exchange_type == IKL_IKE_SA_INIT && ikl_sa_restart(replay->sa, payloads, n, replay->now) == IKL_OK) {
        return IKL_OK;
    }
    return ikl_sa_request(replay->sa, (uint8_t)message->exchange_type, payloads, n, NULL, replay->now, NULL);
}

void replay_retransmission(struct replay *replay, const struct session_message *request)
{
    begin_step(replay, request, NULL);
    replay->iv_given = true; /* nothing is sealed anew */
    replay->now = ikl_time_later(replay->now, ikl_endpoint_next_deadline(replay->endpoint));
    (void)ikl_endpoint_advance(replay->endpoint, replay->now);
    (void)check_sent(replay, "is not retransmitted as it was recorded");
}

static bool is_outstanding(const struct replay *replay, const struct session_message *request)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    return ikl_sa_query(replay->sa, &info) == IKL_OK && info.outstanding != 0 &&
           info.outstanding_id == request->message_id && info.outstanding_exchange_type == request->exchange_type;
}

static bool comes_too_early(const struct replay *replay, const struct session_message *message)
{
    return ikl_sa_state(replay->sa) == IKL_SA_CONNECTING &&
           (message->exchange_type == IKL_INFORMATIONAL || message->exchange_type == IKL_CREATE_CHILD_SA);
}

void replay_authenticated(struct replay *replay)
{
    if (ikl_sa_state(replay->sa) == IKL_SA_CONNECTING && ikl_sa_established(replay->sa, replay->now) != IKL_OK) {
        mismatch(replay, "does not establish the IKE SA");
    }
}

void replay_request(struct replay *replay, const struct session_message *message)
{
    struct ikl_path path = replay_path(replay, message);
    int result;

    if (replay_is_repetition(replay, message)) {
        if (is_outstanding(replay, message)) {
            replay_retransmission(replay, message);
        }
        return; /* else it crossed the response */
    }
    begin_step(replay, message, NULL);
    if (comes_too_early(replay, message)) {
        replay_authenticated(replay); /* our IKE_AUTH response was lost, or overtaken */
    }
    result = ikl_sa_set_path(replay->sa, &path, replay->now);
    if (result == IKL_OK) {
        result = make_request(replay, message);
    }
    if (result != IKL_OK) {
        mismatch(replay, "cannot be made by the IKE SA");
    } else if (check_sent(replay, "is made otherwise by the IKE SA")) {
        count_sent(replay, &replay->capture->n_made);
    }
    replay_retransmission(replay, message);
}

static int respond(struct replay *replay)
{
    struct ikl_payload payloads[MAX_PAYLOADS];
    size_t n = read_payloads(replay->due, payloads);

    if (n == SIZE_MAX) {
        return IKL_ERR_MALFORMED;
    }
    return ikl_sa_respond(replay->sa, (uint32_t)replay->due->message_id, payloads, n, replay->now);
}

static bool is_liveness_check(const struct session_message *request)
{
    return request->exchange_type == IKL_INFORMATIONAL && request->first_payload == IKL_PAYLOAD_NONE;
}

/* Liveness checks and Deletes are answered by the library; Deletes of what it does not know are left to the host too.
 */
static bool is_for_host(const struct session_message *request)
{
    struct ikl_delete payload;

    return !is_liveness_check(request) &&
           (request->exchange_type != IKL_INFORMATIONAL || !replay_read_delete(request, &payload));
}

/* The same request once more gets the same response once more. */
/* The windows are 1: only the response to the latest request is remembered, and that while there is the IKE SA. */
static bool is_remembered(const struct replay *replay, const struct session_message *request)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    return ikl_sa_state(replay->sa) != IKL_SA_DEAD && ikl_sa_query(replay->sa, &info) == IKL_OK &&
           request->message_id + 1 >= info.next_expected;
}

static void receive_again(struct replay *replay, const struct session_message *request)
{
    bool remembered = is_remembered(replay, request);
    int result;

    begin_step(replay, replay->due, request);
    replay->iv_given = true; /* nothing is sealed anew */
    result = feed(replay, request);
    if (remembered && result != IKL_OK) {
        mismatch(replay, "is not accepted a second time");
    } else if (remembered || replay->n_sent != 0) {
        (void)check_sent(replay, "is not answered as before when it comes a second time");
    }
}

void replay_receive_request(struct replay *replay, const struct session_message *message)
{
    const struct session_message *response = replay_find_response(replay, message);
    struct ikl_sa_info before = {.size = sizeof(before)};
    int result;

    /* a request that was never answered there, or not before the peer was authenticated, is not compared here */
    if (response == NULL || ikl_sa_query(replay->sa, &before) != IKL_OK || comes_too_early(replay, message)) {
        return;
    }
    begin_step(replay, response, message);
    if (message->message_id < before.next_expected) {
        receive_again(replay, message);
        return;
    }
    replay_add_children(replay, message, response);
    result = feed(replay, message);
    if (result == IKL_OK && replay->asked && is_liveness_check(message)) {
        mismatch(replay, "is left to the host");
    } else if (result == IKL_OK && !replay->asked && is_for_host(message)) {
        mismatch(replay, "is not delivered to the host as it was recorded");
    }
    if (result == IKL_OK && replay->asked) {
        result = respond(replay);
    }
    if (result != IKL_OK) {
        mismatch(replay, "is not accepted by the IKE SA");
    } else if (check_sent(replay, "is answered otherwise by the IKE SA")) {
        count_sent(replay, &replay->capture->n_answered);
    }
    if (ikl_sa_state(replay->sa) != IKL_SA_DEAD) {
        receive_again(replay, message);
    }
}

/* After the last IKE_SA_INIT response there are keys. */
static int install_keys(struct replay *replay)
{
    const struct ikl_protection protection = {
        .suite = replay->capture->suite, .keys = replay->keys, .iv_source = IKL_IV_CALLBACK, .next_iv = replay_next_iv};

    if (replay->number != replay_keys_after(replay)) {
        return IKL_OK;
    }
    return ikl_sa_install_keys(replay->sa, replay->recorded->spi_r, &protection, replay->now);
}

/* One that came before; of IKE_SA_INIT any once there are keys; or the peer's Delete overtook it. */
static bool may_be_ignored(const struct replay *replay, const struct session_message *message)
{
    return replay_is_repetition(replay, message) || ikl_sa_state(replay->sa) == IKL_SA_DEAD ||
           (message->exchange_type == IKL_IKE_SA_INIT && replay->number > replay_keys_after(replay));
}

void replay_receive_response(struct replay *replay, const struct session_message *message)
{
    int result;

    begin_step(replay, NULL, message);
    result = feed(replay, message);
    if (result != IKL_OK && may_be_ignored(replay, message)) {
        return;
    }
    if (result == IKL_OK && message->exchange_type == IKL_IKE_SA_INIT) {
        result = install_keys(replay);
    }
    if (result != IKL_OK || !replay->heard || replay->n_sent != 0) {
        mismatch(replay, "is not accepted by the IKE SA");
    } else {
        count(replay, &replay->capture->n_accepted);
    }
}
