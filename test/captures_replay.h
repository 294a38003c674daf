/* SPDX-License-Identifier: ISC */
/* An IKE SA of the library in the place of one peer of a recorded session. */
#ifndef TEST_CAPTURES_REPLAY_H
#define TEST_CAPTURES_REPLAY_H

#include "captures.h"

#include <ikelive/ikelive.h>

enum {
    REPLAY_STEP = 1000,   /* ms of virtual time from one message to the next */
    REPLAY_WAIT = 3600000 /* ms from one retransmission to the next */
};

struct replay {
    struct capture *capture;
    const struct session_sa *recorded;
    const struct ikl_keys *keys;
    bool original_initiator; /* whose place it is */
    bool counts;             /* what is done goes into the counts of the capture */
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    ikl_time now;
    size_t number; /* of the message that is being replayed, from 1 */

    /* the step that is being taken */
    const struct session_message *due;      /* what is to be sent, with the IV it was recorded with; null: nothing */
    const struct session_message *received; /* what was fed; null: nothing */
    bool iv_given;
    bool as_recorded; /* what was sent is what was due */
    bool identical;   /* octet for octet */
    bool asked;       /* the host was given the request */
    bool heard;       /* our request counts as answered */
    size_t n_sent;
    size_t n_down; /* since the beginning */
};

/* Whether a message belongs to the IKE SA, whether the library has sent it, and what it is. */
bool replay_has(const struct replay *replay, const struct session_message *message);
bool replay_sends(const struct replay *replay, const struct session_message *message);
bool replay_is_response(const struct session_message *message);
bool replay_deletes_sa(const struct session_message *message);

/* The Delete payload that an INFORMATIONAL message begins with. False when there is none. */
bool replay_read_delete(const struct session_message *message, struct ikl_delete *out);

/* The first recorded response to a request, and request to a response; null when there is none. */
const struct session_message *replay_find_response(const struct replay *replay, const struct session_message *request);
const struct session_message *replay_find_request(const struct replay *replay, const struct session_message *response);

/* The same message came before. */
bool replay_is_repetition(const struct replay *replay, const struct session_message *message);

/* The path along which the library sent or received this message. */
struct ikl_path replay_path(const struct replay *replay, const struct session_message *message);

/* Makes the endpoint, and the IKE SA as it was before message number `cut` (from 0), from what was recorded until then.
 * False when it is refused. */
bool replay_begin(struct replay *replay, size_t cut);
void replay_end(struct replay *replay);

/* Adds the Child SAs that the peer's request deletes: their two SPIs are in the request and in the response. */
void replay_add_children(struct replay *replay, const struct session_message *request,
                         const struct session_message *response);

/* The message that is one past the response that makes the keys, and the one that authenticates; 0 when there is none.
 * Later ones are repetitions. */
size_t replay_keys_after(const struct replay *replay);
size_t replay_authenticated_after(const struct replay *replay);

/* Sends one request of the library's, receives one datagram of the peer's, or gets nothing from it. They say what is
 * wrong. */
void replay_request(struct replay *replay, const struct session_message *message);
void replay_receive_request(struct replay *replay, const struct session_message *message);
void replay_receive_response(struct replay *replay, const struct session_message *message);

/* The peer is authenticated: that establishes the IKE SA, unless it is. */
void replay_authenticated(struct replay *replay);

/* The request that is outstanding is retransmitted as it was. */
void replay_retransmission(struct replay *replay, const struct session_message *request);

/* For the endpoint of replay_begin. */
struct ikl_callbacks replay_callbacks(void);
int replay_next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);

#endif
