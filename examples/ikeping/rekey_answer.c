/* SPDX-License-Identifier: ISC */
/* ikeping: the peer rekeys the IKE SA. */
#include "rekey_answer.h"

#include "crash.h"
#include "key_exchanges.h"
#include "rekey_own.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { LINK_LEN = 16 };

/* A rekey that is being answered. */
struct rekey_answer {
    struct session *session;
    const struct ikl_sa *old; /* which it began in */
    struct choice choice;
    uint8_t nonce[IKL_MAX_NONCE]; /* the peer's */
    size_t nonce_len;
    uint8_t own_nonce[HANDSHAKE_NONCE_LEN];
    uint64_t own_spi;
    uint8_t link[LINK_LEN]; /* what the next request must give back */
    struct key_exchanges exchanges;
    struct replacement made;
};

static const struct ikl_octets no_data = {NULL, 0};

static void free_answer(struct rekey_answer *answer)
{
    if (answer != NULL) {
        ikl_wipe(answer, sizeof(*answer));
        free(answer);
    }
}

void rekey_answer_forget(struct session *session)
{
    free_answer(session->rekey_answer);
    session->rekey_answer = NULL;
}

static void refuse(struct session *session, const struct ikl_peer_request *request, uint16_t type)
{
    session_respond_error(session, session->sa, request->message_id, type, no_data);
}

/* Whether another key exchange must follow. */
static bool is_followed(const struct rekey_answer *answer)
{
    return key_exchanges_are_due(&answer->exchanges, &answer->choice.proposal);
}

static int make(struct rekey_answer *answer)
{
    struct replacement *made = &answer->made;
    struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {answer->nonce, answer->nonce_len},
        .nr = {answer->own_nonce, sizeof(answer->own_nonce)},
    };
    int error;

    key_exchanges_give(&answer->exchanges, &input);
    made->proposal = answer->choice.proposal;
    made->spi_i = answer->choice.spi;
    made->spi_r = answer->own_spi;
    error = replacement_derive(made, &answer->session->handshake, &input);
    return error == IKL_OK ? replacement_make(made, answer->session) : error;
}

/* Takes the peer's public value of one exchange. After the last one there is the new IKE SA. */
static int agree(struct rekey_answer *answer, uint16_t method, struct ikl_octets theirs, struct dh_key **key)
{
    int error = key_exchanges_answer(&answer->exchanges, method, theirs, key);

    return error == IKL_OK && !is_followed(answer) ? make(answer) : error;
}

/* Ends the response to one exchange and sends it. It has a link when another exchange must follow. */
static void send(struct rekey_answer *answer, const struct ikl_peer_request *request, struct payload_list *list)
{
    struct session *session = answer->session;
    bool followed = is_followed(answer);

    if (followed) {
        randombytes_buf(answer->link, sizeof(answer->link));
        key_exchanges_add_link(list, (struct ikl_octets){answer->link, sizeof(answer->link)});
    }
    if (session_respond(session, session->sa, request->message_id, list)) {
        if (!followed) {
            rekey_own_cross(session, &answer->made, (struct ikl_octets){answer->nonce, answer->nonce_len},
                            (struct ikl_octets){answer->own_nonce, sizeof(answer->own_nonce)});
        }
    } else {
        ikl_sa_free(answer->made.sa);
    }
    if (!followed) {
        rekey_answer_forget(session);
    }
}

/* An exchange came to nothing, and so does the rekey. */
static void fail(struct session *session, const struct ikl_peer_request *request, int error)
{
    rekey_answer_forget(session);
    refuse(session, request, error == IKL_ERR_MALFORMED ? IKL_NOTIFY_NO_PROPOSAL_CHOSEN : IKL_NOTIFY_TEMPORARY_FAILURE);
}

static void answer_first(struct rekey_answer *answer, const struct ikl_peer_request *request, const struct ikl_ke *ke)
{
    struct session *session = answer->session;
    struct payload_list list;
    struct dh_key *key = NULL;
    int error = ikl_endpoint_new_spi(session->ikeping->endpoint, &answer->own_spi);

    randombytes_buf(answer->own_nonce, sizeof(answer->own_nonce));
    if (error == IKL_OK) {
        error = agree(answer, answer->choice.proposal.group, ke->data, &key);
    }
    if (error == IKL_OK) {
        struct ikl_ke ours = {.method = dh_key_group(key), .data = dh_key_public(key)};

        payload_list_init(&list);
        payload_list_end(
            &list, proposals_write_choice(payload_list_begin(&list, IKL_PAYLOAD_SA), &answer->choice, answer->own_spi));
        init_message_add_key(&list, &ours, (struct ikl_octets){answer->own_nonce, sizeof(answer->own_nonce)});
        crash_add_token(session->ikeping, answer->choice.spi, answer->own_spi, false, &list);
        send(answer, request, &list);
    } else {
        fail(session, request, error);
    }
    dh_key_free(key);
}

static void answer_next(struct rekey_answer *answer, const struct ikl_peer_request *request, struct ikl_octets theirs)
{
    struct session *session = answer->session;
    struct payload_list list;
    struct dh_key *key = NULL;
    int error = agree(answer, answer->choice.proposal.additional[answer->exchanges.n - 1], theirs, &key);

    if (error == IKL_OK) {
        key_exchanges_compose(key, &list);
        send(answer, request, &list);
    } else {
        fail(session, request, error);
    }
    dh_key_free(key);
}

/* Keeps what the first exchange is about. */
static void start(struct session *session, const struct ikl_peer_request *request, const struct choice *choice,
                  const struct ikl_ke *ke, struct ikl_octets nonce)
{
    struct rekey_answer *answer = calloc(1, sizeof(*answer));

    session->rekey_answer = answer;
    if (answer == NULL) {
        fail(session, request, IKL_ERR_NO_MEMORY);
        return;
    }
    answer->session = session;
    answer->old = session->sa;
    answer->choice = *choice;
    answer->nonce_len = nonce.len;
    memcpy(answer->nonce, nonce.data, nonce.len);
    answer_first(answer, request, ke);
}

void rekey_answer_begin(struct session *session, const struct ikl_peer_request *request, struct ikl_octets offer)
{
    struct ikl_octets body = payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_KE);
    struct ikl_octets nonce_body = payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_NONCE);
    struct ikl_octets nonce;
    struct choice choice;
    struct ikl_ke ke;
    uint8_t group[2];
    struct ikl_writer writer = ikl_writer(group, sizeof(group));

    rekey_answer_forget(session);
    if (body.data == NULL || ikl_ke_read(&ke, body) != IKL_OK || nonce_body.data == NULL ||
        ikl_nonce_read(&nonce, nonce_body) != IKL_OK) {
        refuse(session, request, IKL_NOTIFY_INVALID_SYNTAX);
    } else if (!proposals_choose(&choice, &session->ikeping->settings->proposals, offer, ke.method, true)) {
        refuse(session, request, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    } else if (choice.proposal.group != ke.method) {
        ikl_write_u16(&writer, choice.proposal.group);
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_INVALID_KE_PAYLOAD,
                              (struct ikl_octets){group, sizeof(group)});
    } else {
        start(session, request, &choice, &ke, nonce);
    }
}

/* Whether the request gives back the link of the rekey under way. */
static bool has_link(const struct rekey_answer *answer, const struct ikl_peer_request *request)
{
    struct ikl_octets link;

    return payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_ADDITIONAL_KEY_EXCHANGE, &link) &&
           link.len == sizeof(answer->link) && ikl_equal(link.data, answer->link, sizeof(answer->link));
}

void rekey_answer_go_on(struct session *session, const struct ikl_peer_request *request)
{
    struct rekey_answer *answer = session->rekey_answer;
    struct ikl_octets theirs;

    if (answer == NULL || answer->old != session->sa || !has_link(answer, request)) {
        refuse(session, request, IKL_NOTIFY_STATE_NOT_FOUND);
    } else if (!key_exchanges_read(&answer->exchanges, &answer->choice.proposal, request->first_payload,
                                   request->plaintext, &theirs)) {
        rekey_answer_forget(session);
        refuse(session, request, IKL_NOTIFY_INVALID_SYNTAX);
    } else {
        answer_next(answer, request, theirs);
    }
}
