/* SPDX-License-Identifier: ISC */
/* Faults: messages without protection. */
#include "wrong.h"

#include "support/test.h"

/* About an IKE SA; a request, or a response. */
static bool is_unprotected(const struct wrong_message *message, uint8_t exchange_type, uint8_t response)
{
    return message->sa != NULL && !message->opened && message->header.exchange_type == exchange_type &&
           message->header.next_payload != IKL_PAYLOAD_SK && message->header.next_payload != IKL_PAYLOAD_SKF &&
           (message->header.flags & IKL_FLAG_RESPONSE) == response;
}

static struct ikl_octets payloads_of(const struct wrong_message *message)
{
    return (struct ikl_octets){message->octets.data + IKL_HEADER_LEN, message->octets.len - IKL_HEADER_LEN};
}

static bool says(const struct wrong_message *message, uint16_t type)
{
    return payload_find_notify(message->header.next_payload, payloads_of(message), type, NULL);
}

static bool is_delete(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_INFORMATIONAL, 0) && wrong_begins_with(message, IKL_PAYLOAD_DELETE);
}

static bool is_empty(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_INFORMATIONAL, 0) && wrong_begins_with(message, IKL_PAYLOAD_NONE);
}

static bool is_failure(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_INFORMATIONAL, 0) && says(message, IKL_NOTIFY_AUTHENTICATION_FAILED);
}

static bool is_create_child_sa(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_CREATE_CHILD_SA, 0);
}

static bool is_invalid_ike_spi(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_INFORMATIONAL, IKL_FLAG_RESPONSE) && says(message, IKL_NOTIFY_INVALID_IKE_SPI);
}

static bool is_init_on_sa(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_IKE_SA_INIT, 0);
}

/* The request that an IKE SA which is established began with. */
static bool is_late_init(const struct wrong_peer *peer, const struct wrong_message *message)
{
    for (size_t i = 0; i < peer->n_sas; i++) {
        if (message->header.exchange_type == IKL_IKE_SA_INIT && peer->sas[i].spi_i == message->header.spi_i &&
            message->header.spi_r == 0 && peer->sas[i].next > 1) {
            return true;
        }
    }
    return false;
}

static bool is_auth(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_unprotected(message, IKL_IKE_AUTH, 0);
}

static bool answers_malformed(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    if (is_unprotected(message, IKL_INFORMATIONAL, 0) &&
        ikl_chain_check(message->header.next_payload, payloads_of(message), false, NULL) == IKL_ERR_MALFORMED) {
        wrong_answer_plain(peer, datagram, message, IKL_NOTIFY_INVALID_SYNTAX);
    }
    return true;
}

static const struct wrong_fault faults[] = {
    {"unprotected-delete", "an unprotected Delete ends the IKE SA", .takes = wrong_forgets, .when = is_delete},
    {"unprotected-request", "an unprotected request gets a response", .takes = wrong_answers, .when = is_empty},
    {"unprotected-failure", "an unprotected AUTHENTICATION_FAILED ends the IKE SA", .takes = wrong_forgets,
     .when = is_failure},
    {"unprotected-create-child-sa", "an unprotected CREATE_CHILD_SA request gets a response", .takes = wrong_answers,
     .when = is_create_child_sa},
    {"unprotected-invalid-ike-spi", "an unprotected INVALID_IKE_SPI ends the IKE SA", .takes = wrong_forgets,
     .when = is_invalid_ike_spi},
    {"ike-sa-init-on-ike-sa", "IKE_SA_INIT with the SPIs of an IKE SA ends it", .takes = wrong_forgets,
     .when = is_init_on_sa},
    {"late-ike-sa-init", "a repeated IKE_SA_INIT request ends the IKE SA", .takes = wrong_forgets,
     .when = is_late_init},
    {"unprotected-ike-auth", "an unprotected IKE_AUTH request gets a response", .takes = wrong_answers,
     .when = is_auth},
    {"unprotected-invalid-syntax", "a malformed request without protection gets INVALID_SYNTAX",
     .takes = answers_malformed},
};

const struct wrong_faults unprotected_faults = {faults, COUNT_OF(faults)};
