/* SPDX-License-Identifier: ISC */
/* The IKE SA of a recorded peer as it was in the middle of the session, handed over to the library. */
#include "captures_replay.h"

#include <string.h>

enum { ENCAPSULATION_PORT = 4500, LEAST_MAX_MESSAGE = 1280, MOST_MAX_MESSAGE = 65000, MANY_TRIES = 60000 };

struct ikl_path replay_path(const struct replay *replay, const struct session_message *message)
{
    bool sends = replay_sends(replay, message);
    uint64_t local = sends ? message->source_port : message->destination_port;
    uint64_t remote = sends ? message->destination_port : message->source_port;

    return (struct ikl_path){.local = {.ip = {192, 0, 2, 1}, .port = (uint16_t)local, .family = 4},
                             .remote = {.ip = {192, 0, 2, 2}, .port = (uint16_t)remote, .family = 4},
                             .encapsulated = local == ENCAPSULATION_PORT || remote == ENCAPSULATION_PORT};
}

/* What the messages before the hand-over leave behind. The recorded peers have windows of 1. */
struct past {
    struct ikl_message_ids ids;
    const struct session_message *outstanding; /* our request without a response; null: none */
    const struct session_message *remembered;  /* our latest response; null: none */
};

static bool is_before(const struct replay *replay, const struct session_message *message, size_t cut)
{
    return message != NULL && (size_t)(message - replay->capture->session.messages) < cut;
}

/* A request of the peer's counts as received once it was answered: until then the host can have it sent again. What was
 * sent once more after the next one changes nothing. */
static struct past look_back(const struct replay *replay, size_t cut)
{
    struct past past = {.ids = {.stated = true}};

    for (size_t i = 0; i < cut; i++) {
        const struct session_message *message = &replay->capture->session.messages[i];
        uint32_t next = (uint32_t)message->message_id + 1;

        if (!replay_has(replay, message) || !replay_sends(replay, message)) {
            continue;
        }
        if (!replay_is_response(message) && next >= past.ids.next_request) {
            bool answered = is_before(replay, replay_find_response(replay, message), cut);

            past.ids.next_request = next;
            past.ids.unanswered = answered ? next : next - 1;
            past.outstanding = answered ? NULL : message;
        } else if (replay_is_response(message) && next >= past.ids.next_expected) {
            past.ids.next_expected = next;
            past.remembered = message->exchange_type != IKL_IKE_SA_INIT ? message : NULL;
        }
    }
    return past;
}

/* The session says how often something was sent, and when it is given up: never. In an hour nothing else is sent of the
 * library's own accord. */
static const struct ikl_schedule *patient(void)
{
    static struct ikl_schedule schedule;
    const uint32_t hour = REPLAY_WAIT;

    return ikl_schedule_from_list(&schedule, &hour, 1, MANY_TRIES) == IKL_OK ? &schedule : NULL;
}

/* No larger than the session takes, because there is an endpoint for each point of it. */
static uint32_t max_message(const struct session *session)
{
    size_t longest = LEAST_MAX_MESSAGE;

    for (size_t i = 0; i < session->n_messages; i++) {
        longest = session->messages[i].datagram.len > longest ? session->messages[i].datagram.len : longest;
    }
    return longest < MOST_MAX_MESSAGE ? (uint32_t)longest : MOST_MAX_MESSAGE;
}

static bool make_endpoint(struct replay *replay)
{
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = replay_callbacks(),
                                         .user = replay,
                                         .providers = &replay->capture->provider,
                                         .n_providers = 1,
                                         .schedule = patient(),
                                         .max_message = max_message(&replay->capture->session)};

    return ikl_endpoint_new(&replay->endpoint, &config, replay->now) == IKL_OK;
}

/* With keys, unless it is the original initiator's IKE SA before its first packet. */
static struct ikl_sa_config make_config(const struct replay *replay, size_t cut, const struct past *past)
{
    size_t keys = replay_keys_after(replay), authenticated = replay_authenticated_after(replay);
    const struct session_message *next = &replay->capture->session.messages[cut];
    bool begins = cut < keys;

    return (struct ikl_sa_config){
        .size = sizeof(struct ikl_sa_config),
        .spi_i = replay->recorded->spi_i,
        .spi_r = begins ? 0 : replay->recorded->spi_r,
        .original_initiator = replay->original_initiator,
        .connecting = keys != 0 && (authenticated == 0 || cut < authenticated),
        .path = replay_path(replay, past->outstanding != NULL ? past->outstanding : next),
        .protection = {.suite = replay->capture->suite,
                       .keys = begins ? NULL : replay->keys,
                       .iv_source = IKL_IV_CALLBACK,
                       .next_iv = replay_next_iv},
        .liveness = IKL_LIVENESS_OFF, /* the session says when there is a liveness check */
    };
}

bool replay_begin(struct replay *replay, size_t cut)
{
    struct past past = look_back(replay, cut);
    struct ikl_sa_config config = make_config(replay, cut, &past);
    struct ikl_outstanding_request outstanding = {.deadline = REPLAY_STEP};
    struct ikl_remembered_response remembered;

    config.ids = past.ids;
    if (past.outstanding != NULL) {
        outstanding.message_id = (uint32_t)past.outstanding->message_id;
        outstanding.datagram = past.outstanding->datagram;
        config.outstanding = &outstanding;
        config.n_outstanding = 1;
    }
    if (past.remembered != NULL) {
        remembered.message_id = (uint32_t)past.remembered->message_id;
        remembered.datagram = past.remembered->datagram;
        config.remembered = &remembered;
        config.n_remembered = 1;
    }
    replay->now = 0;
    replay->n_down = 0;
    if (!make_endpoint(replay)) {
        return false;
    }
    if (ikl_sa_new(&replay->sa, replay->endpoint, &config, replay->now) != IKL_OK) {
        replay_end(replay);
        return false;
    }
    return true;
}

void replay_end(struct replay *replay)
{
    (void)ikl_endpoint_free(replay->endpoint);
}

void replay_add_children(struct replay *replay, const struct session_message *request,
                         const struct session_message *response)
{
    struct ikl_delete theirs, ours;

    if (!replay_read_delete(request, &theirs) || !replay_read_delete(response, &ours)) {
        return;
    }
    for (size_t i = 0; i < theirs.n_spis; i++) {
        const struct ikl_child_config config = {.size = sizeof(config),
                                                .protocol = theirs.protocol,
                                                .spi_in = ikl_delete_spi(&ours, i),
                                                .spi_out = ikl_delete_spi(&theirs, i)};

        /* one without a counterpart is unknown to the library too */
        if (config.spi_in != 0 && ikl_sa_add_child(replay->sa, &config, NULL) != IKL_OK) {
            capture_mismatch(replay->capture, replay->number, "names a Child SA that cannot be added");
        }
    }
}
