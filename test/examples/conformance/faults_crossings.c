/* SPDX-License-Identifier: ISC */
/* Faults: rekeys and Deletes that cross those of the peer. */
#include "wrong.h"

#include "support/test.h"

/* Whether a request of the tester's crosses the peer's as the fault has it. */
static bool crosses(const struct wrong_peer *peer, const struct wrong_message *request)
{
    const struct wrong_crossing *crossing = &peer->fault->crossing;

    return peer->asks && peer->asked == crossing->peers && wrong_asked(request) == crossing->testers;
}

/* What was sent answers such a request. */
static bool answers(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return wrong_answers_last(peer, message) && crosses(peer, &peer->came);
}

static bool nonce_begins_with(const struct wrong_message *message, uint8_t octet)
{
    const uint8_t alike[] = {octet, octet, octet, octet};
    struct ikl_octets nonce = wrong_find(message, IKL_PAYLOAD_NONCE);

    return nonce.len >= sizeof(alike) && memcmp(nonce.data, alike, sizeof(alike)) == 0;
}

static bool refuses(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct payload_list list;

    if (answers(peer, message) && peer->came.header.exchange_type == IKL_CREATE_CHILD_SA) {
        payload_list_init(&list);
        payload_list_notify(&list, peer->fault->crossing.refusal, (struct ikl_octets){NULL, 0});
        wrong_seal_once(peer, datagram, message, &list);
    }
    return true;
}

/* The same, but for rekeys of checks that look at what comes after. */
static bool refuses_rekey(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return nonce_begins_with(&peer->came, 0) || nonce_begins_with(&peer->came, 0xff) ||
           refuses(peer, datagram, message);
}

static bool says_nothing(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct payload_list list;

    if (answers(peer, message)) {
        payload_list_init(&list);
        wrong_seal_once(peer, datagram, message, &list);
    }
    return true;
}

static bool deletes_too(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct payload_list list;
    struct ikl_octets asked;

    if (answers(peer, message)) {
        asked = wrong_find(&peer->came, IKL_PAYLOAD_DELETE);
        payload_list_init(&list);
        ikl_write_octets(payload_list_begin(&list, IKL_PAYLOAD_DELETE), asked.data, asked.len);
        payload_list_end(&list, IKL_OK);
        wrong_seal_once(peer, datagram, message, &list);
    }
    return true;
}

/* Loses a Delete that crosses. */
static bool loses(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return !crosses(peer, message);
}

/* Remembers a rekey that crosses, whose nonce begins with octets 0 or 0xff. */
static bool remembers(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    if (crosses(peer, message) && nonce_begins_with(message, peer->fault->crossing.nonces)) {
        peer->crossed = true;
    }
    return true;
}

/* After that nothing is deleted. */
static bool deletes_nothing(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    enum tester_asked asked = wrong_asked(message);

    if (peer->crossed && (asked == TESTER_DELETES_CHILD || asked == TESTER_DELETES_SA)) {
        wrong_seal(datagram, message, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0});
    }
    return true;
}

/* Or nothing comes of the IKE SA that must go, of which nobody but the right peer has the keys. */
static bool forgets_new(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return !peer->crossed || message->sa != NULL;
}

static const struct wrong_fault faults[] = {
    {"crossed-child-rekey", "a rekey of a Child SA is refused that crosses the peer's", .sends = refuses_rekey,
     .crossing = {.peers = TESTER_REKEYS_CHILD,
                  .testers = TESTER_REKEYS_CHILD,
                  .refusal = IKL_NOTIFY_TEMPORARY_FAILURE}},
    {"crossed-child-rekey-won", "the old Child SA stays after a crossing", .takes = remembers, .sends = deletes_nothing,
     .crossing = {.peers = TESTER_REKEYS_CHILD, .testers = TESTER_REKEYS_CHILD, .nonces = 0}},
    {"crossed-child-rekey-lost", "the new Child SA stays after a crossing although it must go", .takes = remembers,
     .sends = deletes_nothing,
     .crossing = {.peers = TESTER_REKEYS_CHILD, .testers = TESTER_REKEYS_CHILD, .nonces = 0xff}},
    {"delete-of-rekeyed-child", "a Child SA is deleted without a word while it is rekeyed", .sends = says_nothing,
     .crossing = {.peers = TESTER_REKEYS_CHILD, .testers = TESTER_DELETES_CHILD}},
    {"crossed-child-delete", "a Child SA is deleted in a response although its Delete is under way",
     .sends = deletes_too, .crossing = {.peers = TESTER_DELETES_CHILD, .testers = TESTER_DELETES_CHILD}},
    {"rekey-of-deleted-child", "a rekey of a Child SA that is being deleted gets NO_ADDITIONAL_SAS", .sends = refuses,
     .crossing = {.peers = TESTER_DELETES_CHILD,
                  .testers = TESTER_REKEYS_CHILD,
                  .refusal = IKL_NOTIFY_NO_ADDITIONAL_SAS}},
    {"rekey-beside-child-rekey", "a rekey of the IKE SA while a Child SA is rekeyed gets NO_ADDITIONAL_SAS",
     .sends = refuses,
     .crossing = {.peers = TESTER_REKEYS_CHILD, .testers = TESTER_REKEYS_SA, .refusal = IKL_NOTIFY_NO_ADDITIONAL_SAS}},
    {"crossed-rekey", "a rekey of the IKE SA is refused that crosses the peer's", .sends = refuses_rekey,
     .crossing = {.peers = TESTER_REKEYS_SA, .testers = TESTER_REKEYS_SA, .refusal = IKL_NOTIFY_TEMPORARY_FAILURE}},
    {"crossed-rekey-won", "the old IKE SA stays after a crossing", .takes = remembers, .sends = deletes_nothing,
     .crossing = {.peers = TESTER_REKEYS_SA, .testers = TESTER_REKEYS_SA, .nonces = 0}},
    {"crossed-rekey-lost", "the new IKE SA stays after a crossing although it must go", .takes = remembers,
     .sends = forgets_new, .crossing = {.peers = TESTER_REKEYS_SA, .testers = TESTER_REKEYS_SA, .nonces = 0xff}},
    {"delete-of-rekeyed", "a Delete of the IKE SA is dropped while it is rekeyed", .takes = loses,
     .crossing = {.peers = TESTER_REKEYS_SA, .testers = TESTER_DELETES_SA}},
    {"crossed-delete", "a Delete of the IKE SA is dropped while it is being deleted", .takes = loses,
     .crossing = {.peers = TESTER_DELETES_SA, .testers = TESTER_DELETES_SA}},
    {"rekey-of-deleted", "a rekey of an IKE SA that is being deleted gets NO_ADDITIONAL_SAS", .sends = refuses,
     .crossing = {.peers = TESTER_DELETES_SA, .testers = TESTER_REKEYS_SA, .refusal = IKL_NOTIFY_NO_ADDITIONAL_SAS}},
    {"child-beside-rekey", "a request for a Child SA while the IKE SA is rekeyed gets NO_ADDITIONAL_SAS",
     .sends = refuses,
     .crossing = {.peers = TESTER_REKEYS_SA, .testers = TESTER_ASKED_OTHER, .refusal = IKL_NOTIFY_NO_ADDITIONAL_SAS}},
    {"delete-child-beside-rekey", "a Child SA is deleted without a word while the IKE SA is rekeyed",
     .sends = says_nothing, .crossing = {.peers = TESTER_REKEYS_SA, .testers = TESTER_DELETES_CHILD}},
};

const struct wrong_faults crossings_faults = {faults, COUNT_OF(faults)};
