/* SPDX-License-Identifier: ISC */
/* Faults: rekeys. */
#include "wrong.h"

#include "support/test.h"

/* The IKE SAs of a check in their order: each but the first came from a rekey. */
static bool is_number(const struct wrong_peer *peer, const struct wrong_message *message, size_t number)
{
    return message->sa == &peer->sas[number];
}

/* What a CREATE_CHILD_SA request says of the Child SA that it rekeys. */
static bool rekeys_child(const struct wrong_message *message, struct ikl_notify *out)
{
    return wrong_is_request(message, IKL_CREATE_CHILD_SA) &&
           payload_find_notification(message->inside.first_payload, message->inside.plaintext, IKL_NOTIFY_REKEY_SA,
                                     out);
}

/* The first SPI of a request that deletes Child SAs; 0 when it deletes none. */
static uint32_t deleted_spi(const struct wrong_message *message)
{
    struct ikl_octets body;
    struct ikl_delete deleted;

    if (!wrong_is_request(message, IKL_INFORMATIONAL)) {
        return 0;
    }
    body = wrong_find(message, IKL_PAYLOAD_DELETE);
    return body.data != NULL && ikl_delete_read(&deleted, body) == IKL_OK ? ikl_delete_spi(&deleted, 0) : 0;
}

static void seal_empty(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct payload_list list;

    payload_list_init(&list);
    wrong_seal_once(peer, datagram, message, &list);
}

/* Remembers the SPI of the Child SA that is rekeyed; after that, Deletes of this one, or of others, are answered with
 * nothing. */
static bool forget_child(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message,
                         bool old)
{
    struct ikl_notify notify;
    struct ikl_reader reader;
    uint32_t spi = deleted_spi(&peer->came);

    if (peer->has_rekeyed || !wrong_answers_last(peer, message)) {
        return true;
    }
    if (rekeys_child(&peer->came, &notify)) {
        reader = ikl_reader(notify.spi.data, notify.spi.len);
        peer->spi = ikl_read_u32(&reader);
    } else if (spi != 0 && peer->spi != 0 && (spi == peer->spi) == old) {
        seal_empty(peer, datagram, message);
    }
    return true;
}

static bool forgets_new_child(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    return forget_child(peer, datagram, message, false);
}

static bool forgets_old_child(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    return forget_child(peer, datagram, message, true);
}

static bool names_no_child(struct wrong_peer *peer, struct wrong_datagram *datagram,
                           const struct wrong_message *message)
{
    struct payload_list list;

    if (wrong_answers_last(peer, message) &&
        payload_find_notify(message->inside.first_payload, message->inside.plaintext, IKL_NOTIFY_CHILD_SA_NOT_FOUND,
                            NULL)) {
        payload_list_init(&list);
        payload_list_notify(&list, IKL_NOTIFY_CHILD_SA_NOT_FOUND, (struct ikl_octets){NULL, 0});
        wrong_seal_once(peer, datagram, message, &list);
    }
    return true;
}

static bool is_check(const struct wrong_message *message)
{
    return wrong_is_request(message, IKL_INFORMATIONAL) && message->inside.plaintext.len == 0;
}

static bool waits_for_delete_of_old(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                    const struct wrong_message *message)
{
    (void)datagram;
    if (is_number(peer, message, 0) && wrong_is_request(message, IKL_INFORMATIONAL) && !is_check(message)) {
        message->sa->deleted = true;
    }
    return !peer->sas[1].by_rekey || !is_number(peer, message, 1) || !is_check(message) || peer->sas[0].deleted ||
           peer->has_rekeyed;
}

static bool derives_once(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return message->sa == NULL || !is_number(peer, message, 2);
}

static bool seals_rekey_anew(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    if (wrong_is_repeated_create(peer, message) && peer->came.inside.fragment_number == 0 &&
        wrong_find(&peer->came, IKL_PAYLOAD_TSI).data == NULL) {
        wrong_seal(datagram, message, message->inside.first_payload, message->inside.plaintext);
    }
    return true;
}

static bool loses_checks_of_old(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                const struct wrong_message *message)
{
    (void)datagram;
    return !peer->sas[1].by_rekey || !is_number(peer, message, 0) || !is_check(message);
}

static bool ends_both(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (!peer->sas[1].by_rekey || !is_number(peer, message, 0) || !wrong_is_request(message, IKL_INFORMATIONAL) ||
        is_check(message)) {
        return true;
    }
    wrong_give(peer, datagram);
    wrong_forget(peer);
    return false;
}

static bool inherits_nothing(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    if (!peer->has_rekeyed && is_number(peer, message, 1) && wrong_answers_last(peer, message) &&
        deleted_spi(&peer->came) != 0) {
        seal_empty(peer, datagram, message);
    }
    return true;
}

static bool calls_it_syntax(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    struct payload_list list;

    if (wrong_answers_last(peer, message) && wrong_is_request(&peer->came, IKL_CREATE_CHILD_SA) &&
        payload_find_error(message->inside.first_payload, message->inside.plaintext) == IKL_NOTIFY_NO_PROPOSAL_CHOSEN) {
        payload_list_init(&list);
        payload_list_notify(&list, IKL_NOTIFY_INVALID_SYNTAX, (struct ikl_octets){NULL, 0});
        wrong_seal_once(peer, datagram, message, &list);
    }
    return true;
}

static const struct wrong_fault faults[] = {
    {"rekey-child", "a Child SA that came from a rekey cannot be deleted", .sends = forgets_new_child},
    {"rekey-child-old", "a rekeyed Child SA is deleted without a word", .sends = forgets_old_child},
    {"rekey-unknown-child", "CHILD_SA_NOT_FOUND has no SPI", .sends = names_no_child},
    {"rekey", "an IKE SA that came from a rekey is mute until the old one is deleted",
     .takes = waits_for_delete_of_old},
    {"rekey-again", "an IKE SA can be rekeyed once", .takes = derives_once},
    {"repeated-rekey", "a repeated rekey request gets a response of other octets", .sends = seals_rekey_anew},
    {"rekey-old", "a rekeyed IKE SA is mute", .takes = loses_checks_of_old},
    {"rekey-old-deleted", "the Delete of a rekeyed IKE SA ends the new one", .takes = ends_both},
    {"rekey-inherited", "an IKE SA that came from a rekey has no Child SA", .sends = inherits_nothing},
    {"rekey-unacceptable", "an unacceptable rekey gets INVALID_SYNTAX", .sends = calls_it_syntax},
};

const struct wrong_faults rekeys_faults = {faults, COUNT_OF(faults)};
