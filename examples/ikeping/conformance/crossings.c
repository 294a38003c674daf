/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: rekeys and Deletes that cross those of the peer. The peer has to begin them, so it must be
 * configured to rekey soon; the tester begins the same, or what it must not collide with, before it answers. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* ms that the peer has to end what has crossed. */
enum { SETTLE_TIME = 10000 };

/* Waits for such a request of the peer's, on any IKE SA, and does what others ask for. */
static bool wait_until(struct tester *tester, enum tester_asked asked, ikl_time deadline, struct message *out)
{
    struct tester_sa *sa;

    tester->silent = true;
    while (tester_receive(tester, deadline, out)) {
        if (out->status != IKL_OK || out->fragment_number != 0 || (out->header.flags & IKL_FLAG_RESPONSE) != 0) {
            continue;
        }
        sa = tester_find_sa(tester, out->header.spi_i, out->header.spi_r);
        if (out->header.message_id == sa->next_answer && tester_asked(out) == asked) {
            return true;
        }
        tester_obey(tester, sa, out);
    }
    return false;
}

/* Does what the peer asks for while it is quiet. */
static void obey_all(struct tester *tester)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->quiet);
    struct message passed;

    (void)wait_until(tester, TESTER_ASKED_NOTHING, deadline, &passed);
}

static bool wait_for(struct tester *tester, enum tester_asked asked, struct message *out)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->patience);

    return wait_until(tester, asked, deadline, out) ||
           tester_give_up(tester, "the peer has begun no such rekey or Delete in the time that -w gives it");
}

/* An IKE SA with a Child SA, and the peer's request, which has no answer yet. */
static bool await_with_child(struct tester *tester, enum tester_asked asked, struct message *out)
{
    return tester_establish_child(tester) && wait_for(tester, asked, out);
}

static bool await(struct tester *tester, enum tester_asked asked, struct message *out)
{
    return tester_establish(tester) && wait_for(tester, asked, out);
}

/* The next request is refused with this notification. */
static void expect_refusal(struct tester *tester, const struct datagram *request, uint16_t type)
{
    struct message response;

    if (expect_answer(tester, request, &response)) {
        (void)expect_notify(tester, &response, type, NULL);
    }
}

static bool is_refused(const struct message *response)
{
    return payload_find_error(response->first, response->payloads) != 0;
}

static bool ask_to_rekey_child(struct tester *tester, const struct child *old, struct child_offer *offer,
                               struct datagram *request)
{
    struct payload_list list;

    tester_compose_child_offer(tester, &old->own_spi, offer, &list);
    return tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, request);
}

/* Both rekey the Child SA. */
struct child_crossing {
    struct message asked, response;
    struct child_offer offer;
    struct child old, ours, theirs;
};

static bool cross_child(struct tester *tester, enum tester_nonces nonces, struct child_crossing *out)
{
    struct datagram request;

    if (!await_with_child(tester, TESTER_REKEYS_CHILD, &out->asked)) {
        return false;
    }
    out->old = tester->sa->child;
    tester->nonces = nonces;
    return ask_to_rekey_child(tester, &out->old, &out->offer, &request) &&
           expect_answer(tester, &request, &out->response);
}

static void cross_child_rekey(struct tester *tester)
{
    struct child_crossing crossing;

    if (cross_child(tester, TESTER_NONCES_RANDOM, &crossing)) {
        (void)expect(tester, !is_refused(&crossing.response), &crossing.response,
                     "a rekey that crosses the peer's is refused");
    }
}

/* The two Child SAs that come of it. */
static bool settle_child(struct tester *tester, enum tester_nonces of_request, enum tester_nonces of_response,
                         struct child_crossing *out)
{
    const struct message *response = &out->response;

    if (!cross_child(tester, of_request, out)) {
        return false;
    }
    if (child_read_answer(&out->ours, &out->offer, response->first, response->payloads) != NULL) {
        return tester_give_up(tester, "the peer accepts no rekey that crosses its own");
    }
    tester->nonces = of_response;
    return tester_accept_child(tester, &out->asked, &out->theirs);
}

/* The peer deletes this Child SA, and the other one is there. */
static void expect_child_gone(struct tester *tester, const struct child *gone, const struct child *stays,
                              const char *why)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), SETTLE_TIME);
    struct message message;
    bool deleted = false;

    tester->sa->old_child = *gone;
    tester->sa->child = *stays;
    while (!deleted && wait_until(tester, TESTER_DELETES_CHILD, deadline, &message)) {
        deleted = tester_deletes(&message, gone->choice.spi);
        tester_obey(tester, tester->sa, &message);
    }
    if (expect(tester, deleted, NULL, why)) {
        obey_all(tester);
        (void)expect_child_deleted(tester);
    }
}

static void win_child_rekey(struct tester *tester)
{
    struct child_crossing crossing;

    if (settle_child(tester, TESTER_NONCES_LOWEST, TESTER_NONCES_HIGHEST, &crossing)) {
        expect_child_gone(tester, &crossing.old, &crossing.theirs, "the peer does not delete the old Child SA");
    }
}

static void lose_child_rekey(struct tester *tester)
{
    struct child_crossing crossing;

    if (settle_child(tester, TESTER_NONCES_HIGHEST, TESTER_NONCES_LOWEST, &crossing)) {
        expect_child_gone(tester, &crossing.theirs, &crossing.ours, "the peer does not delete its new Child SA");
    }
}

static void delete_rekeyed_child(struct tester *tester)
{
    struct message asked;

    if (await_with_child(tester, TESTER_REKEYS_CHILD, &asked)) {
        (void)expect_child_deleted(tester);
    }
}

/* The peer rekeys the Child SA, and its Delete of the old one has come. */
static bool await_child_delete(struct tester *tester, struct child *old)
{
    struct message asked, deleting;
    struct child made;

    if (!await_with_child(tester, TESTER_REKEYS_CHILD, &asked)) {
        return false;
    }
    *old = tester->sa->child;
    if (!tester_accept_child(tester, &asked, &made)) {
        return false;
    }
    tester->sa->child = made;
    return wait_for(tester, TESTER_DELETES_CHILD, &deleting) &&
           (tester_deletes(&deleting, old->choice.spi) ||
            tester_give_up(tester, "the peer deletes another Child SA than the one that it has rekeyed"));
}

static void cross_child_delete(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message response;
    struct child old;

    if (!await_child_delete(tester, &old)) {
        return;
    }
    tester_compose_esp_delete(&old.own_spi, 1, &list);
    if (tester_next_request(tester, IKL_INFORMATIONAL, &list, &request) && expect_answer(tester, &request, &response)) {
        (void)expect_no_delete(tester, &response);
    }
}

/* A peer may have forgotten it already. */
static void rekey_deleted_child(struct tester *tester)
{
    struct child_offer offer;
    struct datagram request;
    struct message response;
    struct child old;
    uint16_t error;

    if (await_child_delete(tester, &old) && ask_to_rekey_child(tester, &old, &offer, &request) &&
        expect_answer(tester, &request, &response)) {
        error = payload_find_error(response.first, response.payloads);
        (void)expect(tester, error == IKL_NOTIFY_TEMPORARY_FAILURE || error == IKL_NOTIFY_CHILD_SA_NOT_FOUND, &response,
                     "there is neither TEMPORARY_FAILURE nor CHILD_SA_NOT_FOUND");
    }
}

static void rekey_beside_child_rekey(struct tester *tester)
{
    struct message asked;
    struct datagram request;

    if (await_with_child(tester, TESTER_REKEYS_CHILD, &asked) && tester_begin_rekey(tester, &request)) {
        expect_refusal(tester, &request, IKL_NOTIFY_TEMPORARY_FAILURE);
    }
}

/* Both rekey the IKE SA. */
struct sa_crossing {
    struct message asked, response;
    struct tester_sa *old, *ours, *theirs;
};

static bool cross_sa(struct tester *tester, enum tester_nonces nonces, struct sa_crossing *out)
{
    struct datagram request;

    if (!await(tester, TESTER_REKEYS_SA, &out->asked)) {
        return false;
    }
    out->old = tester->sa;
    tester->nonces = nonces;
    return tester_begin_rekey(tester, &request) && expect_answer(tester, &request, &out->response);
}

static void cross_rekey(struct tester *tester)
{
    struct sa_crossing crossing;

    if (cross_sa(tester, TESTER_NONCES_RANDOM, &crossing)) {
        (void)expect(tester, !is_refused(&crossing.response), &crossing.response,
                     "a rekey that crosses the peer's is refused");
    }
}

/* The two IKE SAs that come of it. */
static bool settle_sa(struct tester *tester, enum tester_nonces of_request, enum tester_nonces of_response,
                      struct sa_crossing *out)
{
    if (!cross_sa(tester, of_request, out) || !tester_take_rekey(tester, &out->response)) {
        return false;
    }
    out->ours = tester->sa;
    tester->sa = out->old;
    tester->nonces = of_response;
    out->theirs = tester_accept_rekey(tester, &out->asked);
    return out->theirs != NULL;
}

/* The peer deletes this IKE SA, and the other one is there. */
static void expect_sa_gone(struct tester *tester, struct tester_sa *gone, struct tester_sa *stays, const char *why)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), SETTLE_TIME);
    struct message message;
    struct tester_sa *sa;

    tester->sa = stays;
    while (!gone->deleted && wait_until(tester, TESTER_DELETES_SA, deadline, &message)) {
        sa = tester_find_sa(tester, message.header.spi_i, message.header.spi_r);
        tester_obey(tester, sa, &message);
    }
    if (expect(tester, gone->deleted, NULL, why)) {
        (void)expect_alive(tester);
    }
}

static void win_rekey(struct tester *tester)
{
    struct sa_crossing crossing;

    if (settle_sa(tester, TESTER_NONCES_LOWEST, TESTER_NONCES_HIGHEST, &crossing)) {
        expect_sa_gone(tester, crossing.old, crossing.theirs, "the peer does not delete the old IKE SA");
    }
}

static void lose_rekey(struct tester *tester)
{
    struct sa_crossing crossing;

    if (settle_sa(tester, TESTER_NONCES_HIGHEST, TESTER_NONCES_LOWEST, &crossing)) {
        expect_sa_gone(tester, crossing.theirs, crossing.ours, "the peer does not delete its new IKE SA");
    }
}

/* A Delete of the present IKE SA is answered. */
static void expect_deleted(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message response;

    tester_compose_delete(&list);
    if (tester_next_request(tester, IKL_INFORMATIONAL, &list, &request) && expect_answer(tester, &request, &response)) {
        tester->sa->deleted = true;
    }
}

static void delete_rekeyed(struct tester *tester)
{
    struct message asked;

    if (await(tester, TESTER_REKEYS_SA, &asked)) {
        expect_deleted(tester);
    }
}

/* The peer rekeys the IKE SA, which stays the present one, and its Delete of that has come. */
static bool await_delete(struct tester *tester)
{
    struct message asked, deleting;
    const struct tester_sa *old;

    if (!await(tester, TESTER_REKEYS_SA, &asked) || tester_accept_rekey(tester, &asked) == NULL) {
        return false;
    }
    old = tester->sa;
    return wait_for(tester, TESTER_DELETES_SA, &deleting) &&
           ((deleting.header.spi_i == old->spi_i && deleting.header.spi_r == old->spi_r) ||
            tester_give_up(tester, "the peer deletes another IKE SA than the one that it has rekeyed"));
}

static void cross_delete(struct tester *tester)
{
    if (await_delete(tester)) {
        expect_deleted(tester);
    }
}

static void rekey_deleted(struct tester *tester)
{
    struct datagram request;

    if (await_delete(tester) && tester_begin_rekey(tester, &request)) {
        expect_refusal(tester, &request, IKL_NOTIFY_TEMPORARY_FAILURE);
    }
}

static void make_child_beside_rekey(struct tester *tester)
{
    struct message asked;
    struct payload_list list;
    struct datagram request;

    if (!await_with_child(tester, TESTER_REKEYS_SA, &asked)) {
        return;
    }
    tester_compose_child(tester, &list);
    if (tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, &request)) {
        expect_refusal(tester, &request, IKL_NOTIFY_TEMPORARY_FAILURE);
    }
}

static void delete_child_beside_rekey(struct tester *tester)
{
    struct message asked;

    if (await_with_child(tester, TESTER_REKEYS_SA, &asked)) {
        (void)expect_child_deleted(tester);
    }
}

static const struct check checks[] = {
    {"crossed-child-rekey", "A rekey of the Child SA that the peer is rekeying is accepted.", "RFC 7296 §2.25.1",
     cross_child_rekey},
    {"crossed-child-rekey-won", "The peer deletes the old Child SA when the tester's request has the lowest nonce.",
     "RFC 7296 §2.8.1", win_child_rekey},
    {"crossed-child-rekey-lost", "The peer deletes its new Child SA when the tester's response has the lowest nonce.",
     "RFC 7296 §2.8.1", lose_child_rekey},
    {"delete-of-rekeyed-child", "A Delete of the Child SA that the peer is rekeying is answered with a Delete payload.",
     "RFC 7296 §2.25.1", delete_rekeyed_child},
    {"crossed-child-delete", "A Delete of the Child SA that the peer is deleting is answered without a Delete payload.",
     "RFC 7296 §2.25.1", cross_child_delete},
    {"rekey-of-deleted-child",
     "A rekey of the Child SA that the peer is deleting gets TEMPORARY_FAILURE or CHILD_SA_NOT_FOUND.",
     "RFC 7296 §2.25.1", rekey_deleted_child},
    {"rekey-beside-child-rekey", "A rekey of the IKE SA while the peer is rekeying a Child SA gets TEMPORARY_FAILURE.",
     "RFC 7296 §2.25.1", rekey_beside_child_rekey},
    {"crossed-rekey", "A rekey of the IKE SA that the peer is rekeying is accepted.", "RFC 7296 §2.25.2", cross_rekey},
    {"crossed-rekey-won", "The peer deletes the old IKE SA when the tester's request has the lowest nonce.",
     "RFC 7296 §2.8.2", win_rekey},
    {"crossed-rekey-lost", "The peer deletes its new IKE SA when the tester's response has the lowest nonce.",
     "RFC 7296 §2.8.2", lose_rekey},
    {"delete-of-rekeyed", "A Delete of the IKE SA that the peer is rekeying is answered.", "RFC 7296 §2.25.2",
     delete_rekeyed},
    {"crossed-delete", "A Delete of the IKE SA that the peer is deleting is answered.", "RFC 7296 §2.25.2",
     cross_delete},
    {"rekey-of-deleted", "A rekey of the IKE SA that the peer is deleting gets TEMPORARY_FAILURE.", "RFC 7296 §2.25.2",
     rekey_deleted},
    {"child-beside-rekey", "A request for a Child SA while the peer is rekeying the IKE SA gets TEMPORARY_FAILURE.",
     "RFC 7296 §2.25.2", make_child_beside_rekey},
    {"delete-child-beside-rekey", "A Delete of a Child SA while the peer is rekeying the IKE SA is answered as usual.",
     "RFC 7296 §2.25.2", delete_child_beside_rekey},
};

const struct check_area crossings_area = {"Crossings", checks, sizeof(checks) / sizeof(checks[0])};
