/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: messages that were changed, or that are not of whom they seem to be. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

/* Where they are in a message (§3.1, §3.14). */
enum { EXCHANGE_TYPE_AT = 18, MESSAGE_ID_AT = 23, FIRST_INSIDE_AT = 28, IV_AT = 32 };

/* Changes one octet of a right request. */
static void change_octet(struct tester *tester, size_t at)
{
    struct datagram right, changed;

    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &right)) {
        changed = right;
        changed.octets[at] ^= 0x40;
        (void)expect_dropped(tester, &changed, &right);
    }
}

static void change_checksum(struct tester *tester)
{
    if (tester_establish(tester)) {
        change_octet(tester, ikl_message_sealed_len(tester->sa->cipher, 0, false) - 1);
    }
}

static void change_ciphertext(struct tester *tester)
{
    if (tester_establish(tester)) {
        change_octet(tester, (size_t)IV_AT + tester->sa->cipher->iv_len);
    }
}

static void change_iv(struct tester *tester)
{
    if (tester_establish(tester)) {
        change_octet(tester, IV_AT);
    }
}

static void change_message_id(struct tester *tester)
{
    if (tester_establish(tester)) {
        change_octet(tester, MESSAGE_ID_AT);
    }
}

static void change_exchange_type(struct tester *tester)
{
    if (tester_establish(tester)) {
        change_octet(tester, EXCHANGE_TYPE_AT);
    }
}

static void change_first_inside(struct tester *tester)
{
    if (tester_establish(tester)) {
        change_octet(tester, FIRST_INSIDE_AT);
    }
}

static void reflect(struct tester *tester)
{
    struct datagram request, reflected;
    struct message response;

    if (tester_establish(tester) && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request) &&
        expect_answer(tester, &request, &response)) {
        memcpy(reflected.octets, response.octets.data, response.octets.len);
        reflected.len = response.octets.len;
        tester_send(tester, &reflected);
        tester_pause(tester, tester->quiet);
        (void)expect_alive(tester);
    }
}

static void use_keys_of_peer(struct tester *tester)
{
    struct datagram right, forged;
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL};
    void *own;
    bool sealed;

    if (!tester_establish(tester)) {
        return;
    }
    draft.message_id = tester->sa->next_request;
    own = tester->sa->own;
    tester->sa->own = tester->sa->peer;
    sealed = tester_seal(tester, &draft, &forged);
    tester->sa->own = own;
    if (sealed && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &right)) {
        (void)expect_dropped(tester, &forged, &right);
    }
}

/* With the SPIs of the second IKE SA and the keys of the first. */
static void use_keys_of_other_sa(struct tester *tester)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL};
    struct datagram right, forged;
    const struct tester_sa *first;
    void *own;
    bool sealed;

    if (!tester_establish(tester)) {
        return;
    }
    first = tester->sa;
    if (!tester_establish(tester)) {
        return;
    }
    draft.message_id = tester->sa->next_request;
    own = tester->sa->own;
    tester->sa->own = first->own;
    sealed = tester_seal(tester, &draft, &forged);
    tester->sa->own = own;
    if (sealed && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &right)) {
        (void)expect_dropped(tester, &forged, &right);
    }
}

/* Sends a message about an IKE SA that the peer does not have, and looks at all that comes. */
static void send_unknown(struct tester *tester, bool response, bool (*is_right)(const struct message *answer),
                         const char *why)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .response = response, .chain = {NULL, 0}};
    struct tester_sa *sa;
    struct datagram message;
    struct message answer;
    ikl_time deadline;
    uint64_t spi_r;
    bool sealed;

    if (!tester_establish(tester)) {
        return;
    }
    sa = tester->sa;
    spi_r = sa->spi_r;
    draft.message_id = sa->next_request;
    sa->spi_r = ~spi_r;
    sealed = tester_seal(tester, &draft, &message);
    sa->spi_r = spi_r;
    if (!sealed) {
        return;
    }
    tester_send(tester, &message);
    deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->quiet);
    while (tester_receive(tester, deadline, &answer)) {
        if (answer.header.spi_i == sa->spi_i && answer.header.spi_r != spi_r) {
            (void)expect(tester, is_right(&answer), &answer, why);
        }
    }
    (void)expect_alive(tester);
}

/* A response may be given: INVALID_IKE_SPI, without protection. */
static bool is_invalid_ike_spi(const struct message *answer)
{
    return answer->status == IKL_ERR_UNPROTECTED && (answer->header.flags & IKL_FLAG_RESPONSE) != 0 &&
           payload_find_notify(answer->first, answer->payloads, IKL_NOTIFY_INVALID_IKE_SPI, NULL);
}

static void send_unknown_request(struct tester *tester)
{
    send_unknown(tester, false, is_invalid_ike_spi,
                 "a request with unknown SPIs is answered with something else than INVALID_IKE_SPI");
}

static bool is_never_right(const struct message *answer)
{
    (void)answer;
    return false;
}

static void send_unknown_response(struct tester *tester)
{
    send_unknown(tester, true, is_never_right, "a response with unknown SPIs is answered");
}

static const struct check checks[] = {
    {"changed-checksum",
     "A request with a wrong Integrity Checksum Data has no effect and does not take the Message ID.", "RFC 7296 §3.14",
     change_checksum},
    {"changed-ciphertext", "A request of which the ciphertext was changed has no effect.", "RFC 7296 §3.14",
     change_ciphertext},
    {"changed-iv", "A request of which the Initialization Vector was changed has no effect.", "RFC 7296 §3.14",
     change_iv},
    {"changed-message-id", "A request of which the Message ID was changed has no effect.", "RFC 7296 §3.14",
     change_message_id},
    {"changed-exchange-type", "A request of which the Exchange Type was changed has no effect.", "RFC 7296 §3.14",
     change_exchange_type},
    {"changed-next-payload", "A request of which the type of the first payload inside was changed has no effect.",
     "RFC 7296 §3.14", change_first_inside},
    {"reflected-response", "The peer's own response that comes back to it has no effect.", "RFC 7296 §2.14", reflect},
    {"keys-of-the-other-direction", "A request that is protected with the peer's own keys has no effect.",
     "RFC 7296 §2.14", use_keys_of_peer},
    {"keys-of-another-ike-sa", "A request that is protected with the keys of another IKE SA has no effect.",
     "RFC 7296 §2.14", use_keys_of_other_sa},
    {"unknown-spi", "A request with unknown SPIs gets no response but an unprotected INVALID_IKE_SPI.",
     "RFC 7296 §2.21.4", send_unknown_request},
    {"unknown-spi-response", "A response with unknown SPIs gets no response.", "RFC 7296 §2.21.4",
     send_unknown_response},
};

const struct check_area forged_area = {"Forged messages", checks, sizeof(checks) / sizeof(checks[0])};
