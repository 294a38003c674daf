/* SPDX-License-Identifier: ISC */
/* ikeping: Child SAs. */
#include "child.h"

#include "child_rekey.h"
#include "report_child.h"
#include "session.h"

#include <ikelive/registry.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* How many a peer may have on one IKE SA. A rekey makes one more for a while. */
enum { CHILDREN_MOST = 8 };

static const struct ikl_octets no_data = {NULL, 0};

/* What the peer asks for, in IKE_AUTH or CREATE_CHILD_SA, and what we answer. */
struct request {
    struct session *session;
    struct ikl_sa *sa;
    uint8_t first;
    struct ikl_octets payloads;
    struct ikl_child *replaced; /* by REKEY_SA; or null */
    struct ikl_octets nonce;
    struct ikl_ke ke; /* of method IKL_KE_NONE when there is no KE payload */
    struct dh_key *key;
    struct child child;
};

bool child_is_a_must(const struct settings *settings)
{
    return settings->child == CHILD_TUNNEL || settings->child == CHILD_TRANSPORT;
}

bool child_is_wanted(const struct session *session, bool childless)
{
    const struct settings *settings = session->ikeping->settings;

    return child_is_a_must(settings) || (settings->child == CHILD_AUTO && !childless);
}

/* Those below 256 are reserved (RFC 4303 §2.1). */
uint32_t child_new_spi(const struct ikl_sa *sa)
{
    uint32_t spi;

    do {
        randombytes_buf(&spi, sizeof(spi));
    } while (spi < 256 || ikl_sa_find_child(sa, IKL_PROTOCOL_ESP, spi) != NULL);
    return spi;
}

static void add_selectors(struct payload_list *list, const struct selectors *initiator,
                          const struct selectors *responder)
{
    struct ikl_writer *writer = payload_list_begin(list, IKL_PAYLOAD_TSI);

    payload_list_end(list, selectors_write(writer, initiator));
    writer = payload_list_begin(list, IKL_PAYLOAD_TSR);
    payload_list_end(list, selectors_write(writer, responder));
}

void child_add_rekeyed(struct payload_list *list, uint32_t own_spi)
{
    uint8_t spi[sizeof(own_spi)];
    struct ikl_writer writer = ikl_writer(spi, sizeof(spi));
    const struct ikl_notify notify = {
        .protocol = IKL_PROTOCOL_ESP, .type = IKL_NOTIFY_REKEY_SA, .spi = {spi, sizeof(spi)}};

    ikl_write_u32(&writer, own_spi);
    payload_list_end(list, ikl_notify_write(payload_list_begin(list, IKL_PAYLOAD_NOTIFY), &notify));
}

void child_add_offer(const struct child_offer *offer, struct payload_list *list)
{
    struct ikl_writer *writer;

    if (offer->transport) {
        payload_list_notify(list, IKL_NOTIFY_USE_TRANSPORT_MODE, no_data);
    }
    writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    payload_list_end(list, esp_proposals_write_offer(writer, offer->spi, IKL_KE_NONE));
    add_selectors(list, &offer->ours, &offer->theirs);
}

void child_ask(struct session *session, struct payload_list *list)
{
    const struct settings *settings = session->ikeping->settings;
    const struct ikl_path *path = ikl_sa_path(session->sa);
    struct child_offer *offer = &session->child_offer;

    *offer = (struct child_offer){
        .made = true,
        .transport = settings->child == CHILD_TRANSPORT,
        .spi = child_new_spi(session->sa),
        .ours = settings->ours.n != 0 ? settings->ours : selectors_of(&path->local),
        .theirs = settings->theirs.n != 0 ? settings->theirs : selectors_of(&path->remote),
    };
    child_add_offer(offer, list);
}

struct child *child_keep(struct ikl_sa *sa, const struct child *child, struct ikl_child *replaced)
{
    struct child *kept = malloc(sizeof(*kept));
    struct ikl_child_config config = {
        .size = sizeof(config),
        .user = kept,
        .protocol = IKL_PROTOCOL_ESP,
        .spi_in = child->own_spi,
        .spi_out = child->choice.spi,
        .replaces = replaced,
    };

    if (kept == NULL) {
        return NULL;
    }
    *kept = *child;
    if (ikl_sa_add_child(sa, &config, &kept->handle) != IKL_OK) {
        free(kept);
        return NULL;
    }
    return kept;
}

void child_tell(const struct session *session, const struct child *child,
                void (*report)(struct report *report, const char *peer, const struct report_child *child))
{
    char proposal[ESP_PROPOSAL_TEXT_SIZE], ours[SELECTORS_TEXT_SIZE], theirs[SELECTORS_TEXT_SIZE];
    struct report_child told = {
        .mode = child->transport ? "transport" : "tunnel",
        .proposal = proposal,
        .ours = ours,
        .theirs = theirs,
        .spi_in = child->own_spi,
        .spi_out = child->choice.spi,
    };

    esp_choice_text(&child->choice, proposal, sizeof(proposal));
    selectors_text(&child->ours, ours, sizeof(ours));
    selectors_text(&child->theirs, theirs, sizeof(theirs));
    report(session->ikeping->report, session->peer, &told);
}

void child_report_made(const struct session *session, const struct child *child)
{
    child_tell(session, child, report_child);
}

const char *child_read_answer(struct child *child, const struct child_offer *offer, uint8_t first,
                              struct ikl_octets payloads)
{
    struct ikl_octets sa = payload_find(first, payloads, IKL_PAYLOAD_SA);
    struct ikl_octets tsi = payload_find(first, payloads, IKL_PAYLOAD_TSI);
    struct ikl_octets tsr = payload_find(first, payloads, IKL_PAYLOAD_TSR);

    *child = (struct child){.own_spi = offer->spi};
    if (sa.data == NULL || tsi.data == NULL || tsr.data == NULL) {
        return "the peer says nothing of it";
    }
    if (!esp_proposals_read_accepted(&child->choice, sa, IKL_KE_NONE)) {
        return "the peer accepts a proposal that was not offered";
    }
    if (!selectors_within(tsi, &offer->ours) || !selectors_within(tsr, &offer->theirs) ||
        !selectors_narrow(&child->ours, tsi, &offer->ours) || !selectors_narrow(&child->theirs, tsr, &offer->theirs)) {
        return "the peer accepts traffic selectors that were not offered";
    }
    child->transport = offer->transport && payload_find_notify(first, payloads, IKL_NOTIFY_USE_TRANSPORT_MODE, NULL);
    return NULL;
}

void child_take_answer(struct session *session, uint8_t first, struct ikl_octets payloads)
{
    uint16_t error = payload_find_error(first, payloads);
    char why[HANDSHAKE_WHY_SIZE];
    const char *fault = why;
    const struct child *kept = NULL;
    struct child child;

    if (!session->child_offer.made || session->sa == NULL) {
        return;
    }
    if (error != 0) {
        handshake_explain(error, why, sizeof(why));
    } else {
        fault = child_read_answer(&child, &session->child_offer, first, payloads);
    }
    if (fault == NULL) {
        kept = child_keep(session->sa, &child, NULL);
        fault = kept == NULL ? "it cannot be kept" : NULL;
    }
    if (kept != NULL) {
        child_report_made(session, kept);
    } else {
        report_child_refused(session->ikeping->report, session->peer, fault);
    }
}

static size_t count_children(const struct ikl_sa *sa)
{
    size_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}

uint16_t child_choose(struct child *child, const struct settings *settings, uint16_t group, uint8_t first,
                      struct ikl_octets payloads)
{
    struct ikl_octets sa = payload_find(first, payloads, IKL_PAYLOAD_SA);
    struct ikl_octets tsi = payload_find(first, payloads, IKL_PAYLOAD_TSI);
    struct ikl_octets tsr = payload_find(first, payloads, IKL_PAYLOAD_TSR);

    if (settings->child == CHILD_NONE) {
        return IKL_NOTIFY_NO_ADDITIONAL_SAS;
    }
    if (!esp_proposals_choose(&child->choice, sa, group)) {
        return IKL_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    if (!selectors_narrow(&child->theirs, tsi, &settings->theirs) ||
        !selectors_narrow(&child->ours, tsr, &settings->ours)) {
        return IKL_NOTIFY_TS_UNACCEPTABLE;
    }
    child->transport =
        settings->child != CHILD_TUNNEL && payload_find_notify(first, payloads, IKL_NOTIFY_USE_TRANSPORT_MODE, NULL);
    return 0;
}

static uint16_t choose(struct request *request)
{
    if (request->replaced == NULL && count_children(request->sa) >= CHILDREN_MOST) {
        return IKL_NOTIFY_NO_ADDITIONAL_SAS;
    }
    request->child.own_spi = child_new_spi(request->sa);
    return child_choose(&request->child, request->session->ikeping->settings, request->ke.method, request->first,
                        request->payloads);
}

void child_add_acceptance(const struct child *child, struct payload_list *list)
{
    struct ikl_writer *writer;

    if (child->transport) {
        payload_list_notify(list, IKL_NOTIFY_USE_TRANSPORT_MODE, no_data);
    }
    writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    payload_list_end(list, esp_proposals_write_choice(writer, &child->choice, child->own_spi));
    add_selectors(list, &child->theirs, &child->ours);
}

/* NO_ADDITIONAL_SAS is none of them: libreswan 5.2 loses its exchange over it. */
void child_add_refusal(uint16_t error, struct payload_list *list)
{
    payload_list_notify(list, error == IKL_NOTIFY_TS_UNACCEPTABLE ? error : IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data);
}

struct child *child_answer(struct session *session, uint8_t first, struct ikl_octets payloads,
                           struct payload_list *list)
{
    struct request request = {.session = session, .sa = session->sa, .first = first, .payloads = payloads};
    struct child *child;
    uint16_t error;

    if (payload_find(first, payloads, IKL_PAYLOAD_SA).data == NULL) {
        return NULL;
    }
    error = choose(&request);
    child = error == 0 ? child_keep(session->sa, &request.child, NULL) : NULL;
    if (child != NULL) {
        child_add_acceptance(child, list);
    } else {
        child_add_refusal(error, list);
    }
    return child;
}

/* Refuses, with the Child SA that the peer means where that is what is wrong. */
static void refuse(const struct request *request, uint32_t message_id, const struct ikl_notify *notify)
{
    struct payload_list list;
    struct ikl_writer *writer;

    payload_list_init(&list);
    writer = payload_list_begin(&list, IKL_PAYLOAD_NOTIFY);
    payload_list_end(&list, ikl_notify_write(writer, notify));
    (void)session_respond(request->session, request->sa, message_id, &list);
}

/* Makes our public value where there is a key exchange. The shared secret is not used, but a public value that cannot
 * be is refused all the same. */
static uint16_t exchange_keys(struct request *request)
{
    uint8_t shared[DH_MAX_LEN];
    size_t len;
    int error = IKL_OK;

    if (request->child.choice.group != IKL_KE_NONE) {
        error = dh_key_new(&request->key, request->child.choice.group);
        if (error == IKL_OK) {
            error = dh_key_agree(request->key, request->ke.data, shared, &len);
        }
        ikl_wipe(shared, sizeof(shared));
    }
    return error == IKL_OK              ? 0
           : error == IKL_ERR_MALFORMED ? IKL_NOTIFY_NO_PROPOSAL_CHOSEN
                                        : IKL_NOTIFY_TEMPORARY_FAILURE;
}

static void accept(struct request *request, uint32_t message_id)
{
    struct session *session = request->session;
    uint8_t nonce[HANDSHAKE_NONCE_LEN];
    bool rekeyed = request->replaced != NULL;
    const struct child *child = child_keep(request->sa, &request->child, request->replaced);
    struct payload_list list;

    if (child == NULL) {
        refuse(request, message_id, &(struct ikl_notify){.type = IKL_NOTIFY_TEMPORARY_FAILURE});
        return;
    }
    randombytes_buf(nonce, sizeof(nonce));
    payload_list_init(&list);
    child_add_acceptance(child, &list);
    init_message_add_nonce(&list, (struct ikl_octets){nonce, sizeof(nonce)});
    if (request->key != NULL) {
        init_message_add_ke(
            &list, &(struct ikl_ke){.method = request->child.choice.group, .data = dh_key_public(request->key)});
    }
    if (rekeyed) {
        child_rekey_cross(session, request->replaced, child, request->nonce, (struct ikl_octets){nonce, sizeof(nonce)});
    }
    if (session_respond(session, request->sa, message_id, &list)) {
        child_tell(session, child, rekeyed ? report_child_rekeyed : report_child);
    }
}

/* Whether the request has what each must have, and reads it. A KE payload may be missing. */
static bool is_whole(struct request *request)
{
    struct ikl_octets nonce = payload_find(request->first, request->payloads, IKL_PAYLOAD_NONCE);
    struct ikl_octets ke = payload_find(request->first, request->payloads, IKL_PAYLOAD_KE);
    struct ikl_octets tsi = payload_find(request->first, request->payloads, IKL_PAYLOAD_TSI);
    struct ikl_octets tsr = payload_find(request->first, request->payloads, IKL_PAYLOAD_TSR);

    return nonce.data != NULL && ikl_nonce_read(&request->nonce, nonce) == IKL_OK &&
           (ke.data == NULL || ikl_ke_read(&request->ke, ke) == IKL_OK) && tsi.data != NULL &&
           ikl_selectors_check(tsi) == IKL_OK && tsr.data != NULL && ikl_selectors_check(tsr) == IKL_OK;
}

static void answer(struct request *request, uint32_t message_id)
{
    uint16_t error = choose(request);
    uint16_t group = request->child.choice.group;
    uint8_t wanted[] = {(uint8_t)(group >> 8), (uint8_t)group};

    if (error == 0 && group != IKL_KE_NONE && group != request->ke.method) {
        session_respond_error(request->session, request->sa, message_id, IKL_NOTIFY_INVALID_KE_PAYLOAD,
                              (struct ikl_octets){wanted, sizeof(wanted)});
        return;
    }
    if (error == 0) {
        error = exchange_keys(request);
    }
    if (error != 0) {
        refuse(request, message_id, &(struct ikl_notify){.type = error});
    } else {
        accept(request, message_id);
    }
    dh_key_free(request->key);
}

void child_take_request(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *peer_request)
{
    struct request request = {
        .session = session,
        .sa = sa,
        .first = peer_request->first_payload,
        .payloads = peer_request->plaintext,
    };
    uint32_t message_id = peer_request->message_id;
    struct ikl_notify rekey;

    if (!is_whole(&request)) {
        refuse(&request, message_id, &(struct ikl_notify){.type = IKL_NOTIFY_INVALID_SYNTAX});
        return;
    }
    if (payload_find_notification(request.first, request.payloads, IKL_NOTIFY_REKEY_SA, &rekey)) {
        struct ikl_reader reader = ikl_reader(rekey.spi.data, rekey.spi.len);

        request.replaced = ikl_sa_find_child_out(sa, rekey.protocol, ikl_read_u32(&reader));
        if (request.replaced == NULL) {
            rekey.type = IKL_NOTIFY_CHILD_SA_NOT_FOUND;
            rekey.data = no_data;
            refuse(&request, message_id, &rekey);
            return;
        }
        if (((const struct child *)ikl_child_user(request.replaced))->deleting) { /* RFC 7296 section 2.25.1 */
            refuse(&request, message_id, &(struct ikl_notify){.type = IKL_NOTIFY_TEMPORARY_FAILURE});
            return;
        }
    }
    answer(&request, message_id);
}

void child_take_down(struct session *session, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct child *ours = ikl_child_user(child);
    bool alone = ikl_sa_state(sa) != IKL_SA_DYING && ikl_sa_state(sa) != IKL_SA_DEAD;

    child_rekey_child_down(session, child);
    if (alone) {
        report_child_down(session->ikeping->report, session->peer, ours->own_spi, ours->choice.spi,
                          ikl_down_reason_name(down->reason));
    }
    free(ours);
}
