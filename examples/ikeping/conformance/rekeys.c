/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: rekeys, of the IKE SA and of Child SAs. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

static bool ask_child(struct tester *tester, uint32_t replaced, struct child_offer *offer, struct message *response)
{
    struct payload_list list;
    struct datagram request;

    tester_compose_child_offer(tester, &replaced, offer, &list);
    return tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, &request) &&
           expect_answer(tester, &request, response);
}

/* Rekeys the Child SA; the old one is still the tester's. */
static bool rekey_child(struct tester *tester, struct child *made)
{
    struct child_offer offer;
    struct message response;
    const char *fault;

    if (!tester_establish_child(tester) || !ask_child(tester, tester->sa->child.own_spi, &offer, &response)) {
        return false;
    }
    if (payload_find_error(response.first, response.payloads) != 0) {
        return tester_give_up(tester, "the peer does not let the tester rekey the Child SA");
    }
    fault = child_read_answer(made, &offer, response.first, response.payloads);
    return expect(tester, fault == NULL, &response, fault != NULL ? fault : "");
}

static void rekey_and_delete_new_child(struct tester *tester)
{
    struct child made;

    if (rekey_child(tester, &made)) {
        tester->sa->child = made;
        (void)expect_child_deleted(tester);
    }
}

static void rekey_and_delete_old_child(struct tester *tester)
{
    struct child made;

    if (rekey_child(tester, &made)) {
        tester_pause(tester, tester->quiet);
        (void)expect_child_deleted(tester);
    }
}

static void rekey_unknown_child(struct tester *tester)
{
    struct child_offer offer;
    struct message response;
    struct ikl_notify notify;
    uint8_t spi[sizeof(uint32_t)];
    struct ikl_writer writer = ikl_writer(spi, sizeof(spi));
    bool found;

    if (!tester_establish_child(tester)) {
        return;
    }
    ikl_write_u32(&writer, tester->sa->child.own_spi ^ 1);
    if (!ask_child(tester, tester->sa->child.own_spi ^ 1, &offer, &response) ||
        !expect_notify(tester, &response, IKL_NOTIFY_CHILD_SA_NOT_FOUND, NULL)) {
        return;
    }
    found = payload_find_notification(response.first, response.payloads, IKL_NOTIFY_CHILD_SA_NOT_FOUND, &notify);
    (void)expect(tester, found && notify.spi.len == sizeof(spi) && memcmp(notify.spi.data, spi, sizeof(spi)) == 0,
                 &response, "CHILD_SA_NOT_FOUND does not have the SPI of the REKEY_SA notification");
}

static void rekey_ike_sa(struct tester *tester)
{
    if (tester_establish(tester) && tester_rekey(tester)) {
        (void)expect_alive(tester); /* its Message ID is 0 */
    }
}

static void rekey_twice(struct tester *tester)
{
    if (tester_establish(tester) && tester_rekey(tester) && tester_rekey(tester)) {
        (void)expect_alive(tester);
    }
}

static void repeat_rekey(struct tester *tester)
{
    struct datagram request;
    struct message first, second;

    if (tester_establish(tester) && tester_begin_rekey(tester, &request) && expect_answer(tester, &request, &first) &&
        expect_answer(tester, &request, &second)) {
        (void)expect_same(tester, &first, &second);
    }
}

static void ask_old_ike_sa(struct tester *tester)
{
    struct tester_sa *old;

    if (tester_establish(tester)) {
        old = tester->sa;
        if (tester_rekey(tester)) {
            tester->sa = old;
            (void)expect_alive(tester);
        }
    }
}

static void delete_old_ike_sa(struct tester *tester)
{
    struct tester_sa *old, *made;
    struct payload_list list;
    struct datagram request;
    struct message response;

    if (!tester_establish(tester)) {
        return;
    }
    old = tester->sa;
    if (!tester_rekey(tester)) {
        return;
    }
    made = tester->sa;
    tester->sa = old;
    tester_compose_delete(&list);
    if (tester_next_request(tester, IKL_INFORMATIONAL, &list, &request) && expect_answer(tester, &request, &response)) {
        old->deleted = true;
        tester->sa = made;
        (void)expect_alive(tester);
    }
}

static void delete_inherited_child(struct tester *tester)
{
    if (tester_establish_child(tester) && tester_rekey(tester)) {
        (void)expect_child_deleted(tester);
    }
}

/* An offer with an encryption algorithm that nobody has. */
static void add_unknown_offer(struct tester *tester, struct payload_list *list)
{
    const struct tester_sa *sa = tester->sa;
    struct choice offer = {.proposal = sa->handshake.proposal, .number = 1};

    offer.proposal.suite.encr = 1023; /* unassigned */
    payload_list_init(list);
    payload_list_end(list, proposals_write_choice(payload_list_begin(list, IKL_PAYLOAD_SA), &offer, sa->spi_i ^ 1));
}

static void rekey_unacceptably(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message response;
    const struct handshake *handshake;
    struct ikl_ke ke;

    if (!tester_establish(tester)) {
        return;
    }
    handshake = &tester->sa->handshake;
    ke = (struct ikl_ke){.method = dh_key_group(handshake->key), .data = dh_key_public(handshake->key)};
    add_unknown_offer(tester, &list);
    init_message_add_key(&list, &ke, (struct ikl_octets){handshake->nonce, sizeof(handshake->nonce)});
    if (tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, &request) &&
        expect_answer(tester, &request, &response) &&
        expect_notify(tester, &response, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, NULL)) {
        (void)expect_alive(tester);
    }
}

static const struct check checks[] = {
    {"rekey-child", "A Child SA that the tester rekeys is replaced by one that can be deleted.", "RFC 7296 §1.3.3",
     rekey_and_delete_new_child},
    {"rekey-child-old", "The Child SA that the tester has rekeyed stays until the tester deletes it.", "RFC 7296 §2.8",
     rekey_and_delete_old_child},
    {"rekey-unknown-child", "A rekey of a Child SA that never was is refused with CHILD_SA_NOT_FOUND and its SPI.",
     "RFC 7296 §2.25", rekey_unknown_child},
    {"rekey", "The IKE SA that takes the place of a rekeyed one answers a request with Message ID 0.",
     "RFC 7296 §1.3.2", rekey_ike_sa},
    {"rekey-again", "An IKE SA that came from a rekey can be rekeyed.", "RFC 7296 §2.18", rekey_twice},
    {"repeated-rekey", "A rekey request that comes again gets the same response, octet for octet.", "RFC 7296 §2.1",
     repeat_rekey},
    {"rekey-old", "The IKE SA that the tester has rekeyed answers requests until the tester deletes it.",
     "RFC 7296 §2.8", ask_old_ike_sa},
    {"rekey-old-deleted", "The new IKE SA lives on when the tester deletes the old one.", "RFC 7296 §2.8",
     delete_old_ike_sa},
    {"rekey-inherited", "The new IKE SA has the Child SA of the old one, and deletes it.", "RFC 7296 §2.8",
     delete_inherited_child},
    {"rekey-unacceptable", "A rekey with nothing acceptable gets NO_PROPOSAL_CHOSEN and the IKE SA stays.",
     "RFC 7296 §2.7", rekey_unacceptably},
};

const struct check_area rekeys_area = {"Rekeys", checks, sizeof(checks) / sizeof(checks[0])};
