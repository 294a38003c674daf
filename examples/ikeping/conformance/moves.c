/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: where messages come from: moves of the tester, as a NAT makes them, and port 4500. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

/* The path of the IKE SA, from other ports of the tester's. */
static struct ikl_path elsewhere(const struct tester *tester)
{
    return tester->wire.elsewhere(tester->wire.user, &tester->sa->path);
}

static bool expect_along(struct tester *tester, const struct message *message, const struct ikl_path *path,
                         const char *why)
{
    return expect(tester, message->traced->path.local.port == path->local.port, message, why);
}

/* An INFORMATIONAL request that is answered. */
static bool ask(struct tester *tester, struct datagram *request, struct message *response)
{
    return tester_next_request(tester, IKL_INFORMATIONAL, NULL, request) && expect_answer(tester, request, response);
}

static void ask_from_elsewhere(struct tester *tester)
{
    struct datagram request;
    struct message response;

    if (tester_establish(tester)) {
        tester->sa->path = elsewhere(tester);
        if (ask(tester, &request, &response)) {
            (void)expect_along(tester, &response, &tester->sa->path,
                               "the response does not go to where the request came from");
        }
    }
}

/* What is repeated is no liveness check, which another check repeats. */
static void repeat_from_elsewhere(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message first, second;

    if (!tester_establish(tester)) {
        return;
    }
    payload_list_init(&list);
    (void)payload_list_begin(&list, IKL_PAYLOAD_VENDOR_ID);
    payload_list_end(&list, IKL_OK);
    if (tester_next_request(tester, IKL_INFORMATIONAL, &list, &request) && expect_answer(tester, &request, &first)) {
        tester->sa->path = elsewhere(tester);
        if (expect_answer(tester, &request, &second)) {
            (void)expect_along(tester, &second, &tester->sa->path,
                               "the response does not go to where the repeated request came from");
        }
    }
}

static void look_at_source(struct tester *tester)
{
    const struct ikl_address *asked, *answered;
    struct datagram request;
    struct message response;

    if (tester_establish(tester) && ask(tester, &request, &response)) {
        asked = &tester->sa->path.remote;
        answered = &response.traced->path.remote;
        (void)expect(tester, asked->port == answered->port && memcmp(asked->ip, answered->ip, sizeof(asked->ip)) == 0,
                     &response, "the response does not come from where the request went to");
    }
}

/* An IKE SA with a tester that a NAT may move. */
static bool establish_behind_nat(struct tester *tester)
{
    tester->nat_here = true;
    return tester_establish(tester);
}

static void follow(struct tester *tester)
{
    struct datagram request;
    struct message message;

    if (establish_behind_nat(tester)) {
        tester->sa->path = elsewhere(tester);
        if (ask(tester, &request, &message) && tester_wait_request(tester, &message)) {
            (void)expect_along(tester, &message, &tester->sa->path,
                               "the peer's request does not go to where the tester was heard from last");
        }
    }
}

/* The peer's next request goes along the old path, although something came from elsewhere. */
static void expect_no_move(struct tester *tester)
{
    struct message message;

    if (tester_wait_request(tester, &message)) {
        (void)expect_along(tester, &message, &tester->sa->path, "the peer's request goes to another place");
    }
}

static void repeat_old_from_elsewhere(struct tester *tester)
{
    struct ikl_path other;
    struct datagram request;
    struct message response;

    if (establish_behind_nat(tester) && ask(tester, &request, &response)) {
        other = elsewhere(tester);
        tester_send_along(tester, &other, &request);
        expect_no_move(tester);
    }
}

static void forge_from_elsewhere(struct tester *tester)
{
    struct ikl_path other;
    struct datagram request;

    if (establish_behind_nat(tester) && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        other = elsewhere(tester);
        request.octets[request.len - 1] ^= 0x40;
        tester_send_along(tester, &other, &request);
        expect_no_move(tester);
    }
}

/* Whether a message may be an answer to a keepalive: it is none of an IKE SA that an earlier check has left, and no
 * request on this one. */
static bool may_answer_keepalive(const struct tester *tester, const struct message *message)
{
    return message->octets.len < IKL_HEADER_LEN || message->header.spi_i == 0 ||
           (message->header.spi_i == tester->sa->spi_i && message->status != IKL_OK);
}

static void send_keepalive(struct tester *tester)
{
    const struct datagram keepalive = {.len = 1, .octets = {0xff}};
    struct message message;
    struct ikl_path raw;
    ikl_time deadline;
    bool came;

    if (!tester_establish_encapsulated(tester)) {
        return;
    }
    raw = tester->sa->path;
    raw.encapsulated = false; /* there is no non-ESP marker */
    tester_send_along(tester, &raw, &keepalive);
    deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->quiet);
    do {
        came = tester_receive(tester, deadline, &message);
    } while (came && !may_answer_keepalive(tester, &message));
    if (expect(tester, !came, came ? &message : NULL, "a keepalive is answered")) {
        (void)expect_alive(tester);
    }
}

static void leave_marker_out(struct tester *tester)
{
    struct datagram request;
    struct message response;
    struct ikl_path raw;
    uint32_t message_id;

    if (!tester_establish_encapsulated(tester)) {
        return;
    }
    message_id = tester->sa->next_request;
    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        raw = tester->sa->path;
        raw.encapsulated = false;
        tester_send_along(tester, &raw, &request);
        if (expect_no_answer(tester, IKL_INFORMATIONAL, message_id, "what looks like ESP is taken for IKE")) {
            (void)expect_answer(tester, &request, &response);
        }
    }
}

/* ms without a datagram after which a keepalive must have come: the RFC's 20 s, and some more. */
enum { KEEPALIVE_DUE = 22000 };

static bool is_keepalive(const struct message *message)
{
    const struct traced *traced = message->traced;

    return traced->len == 1 && traced->octets[0] == 0xff;
}

/* Gives how long the peer was silent at most, in ms; or that there is a keepalive. */
static ikl_time await_keepalive(struct tester *tester, bool *came)
{
    ikl_time heard = tester->wire.now(tester->wire.user), longest = 0;
    ikl_time deadline = ikl_time_after(heard, tester->patience);
    struct message message;

    *came = false;
    while (!*came && tester_receive(tester, deadline, &message)) {
        *came = is_keepalive(&message);
        longest = ikl_time_later(longest, message.traced->at - heard);
        heard = message.traced->at;
    }
    return ikl_time_later(longest, tester->wire.now(tester->wire.user) - heard);
}

static void wait_for_keepalive(struct tester *tester)
{
    ikl_time silent;
    bool came;

    tester->nat_there = true;
    if (!tester_establish_encapsulated(tester)) {
        return;
    }
    if (!tester->sa->init.nat_detection) {
        (void)tester_give_up(tester, "the peer or the tester cannot detect NATs");
        return;
    }
    silent = await_keepalive(tester, &came);
    if (came || silent >= KEEPALIVE_DUE) {
        (void)expect(tester, came, NULL, "the peer is silent for 22 s, and sends no NAT keepalive");
    } else if (tester->patience < KEEPALIVE_DUE) {
        (void)tester_give_up(tester, "no NAT keepalive has come in the time that there is: -w must be 22 or more");
    } else {
        (void)tester_give_up(tester, "the peer sends something so often that no NAT keepalive is due");
    }
}

static const struct check checks[] = {
    {"request-from-elsewhere", "A request from another port is answered there.", "RFC 7296 §2.11", ask_from_elsewhere},
    {"repeat-from-elsewhere", "A request that comes again from another port is answered there.", "RFC 7296 §2.11",
     repeat_from_elsewhere},
    {"response-source", "A response comes from the address and port that the request went to.", "RFC 7296 §2.11",
     look_at_source},
    {"follow", "The peer's own requests follow a tester behind a NAT to where its last new request came from.",
     "RFC 7296 §2.23", follow},
    {"old-from-elsewhere", "An old request from another port does not move the peer's own requests.", "RFC 7296 §2.23",
     repeat_old_from_elsewhere},
    {"forged-from-elsewhere", "A forged request from another port does not move the peer's own requests.",
     "RFC 7296 §2.23", forge_from_elsewhere},
    {"keepalive", "A NAT keepalive gets no answer and changes nothing.", "RFC 3948 §2.3", send_keepalive},
    {"no-marker", "At port 4500 a message without the non-ESP marker is not taken for IKE.", "RFC 7296 §2.23",
     leave_marker_out},
    {"keepalives", "A peer behind a NAT sends a NAT keepalive when it has sent nothing for 20 s.", "RFC 3948 §4",
     wait_for_keepalive},
};

const struct check_area moves_area = {"Moves and port 4500", checks, sizeof(checks) / sizeof(checks[0])};
