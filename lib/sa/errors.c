/* SPDX-License-Identifier: ISC */
/* ikelive sa: errors that one end reports to the other inside SK, and INVALID_SYNTAX, which ends the IKE SA at both
 * ends (RFC 7296 §2.21, §2.21.3). */
#include "ending.h"

#include <ikelive/payloads.h>

static bool is_error(uint16_t type)
{
    return type != 0 && type < IKL_NOTIFY_FIRST_STATUS;
}

uint16_t ikl_chain_error(uint8_t first, struct ikl_octets octets)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct ikl_payload payload;
    struct ikl_notify notify;
    uint16_t error = 0;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type != IKL_PAYLOAD_NOTIFY || ikl_notify_read(&notify, payload.body) != IKL_OK) {
            continue;
        }
        if (notify.type == IKL_NOTIFY_INVALID_SYNTAX || (error == 0 && is_error(notify.type))) {
            error = notify.type;
        }
    }
    return error;
}

static bool payloads_say_invalid_syntax(const struct ikl_payload *payloads, size_t n)
{
    struct ikl_notify notify;

    for (size_t i = 0; i < n; i++) {
        if (payloads[i].type == IKL_PAYLOAD_NOTIFY && ikl_notify_read(&notify, payloads[i].body) == IKL_OK &&
            notify.type == IKL_NOTIFY_INVALID_SYNTAX) {
            return true;
        }
    }
    return false;
}

bool ikl_content_says_invalid_syntax(const struct ikl_content *content)
{
    return payloads_say_invalid_syntax(content->payloads, content->n) ||
           ikl_chain_error(content->first_payload, content->chain) == IKL_NOTIFY_INVALID_SYNTAX;
}

/* Whether the payloads themselves are well-formed. */
static int check_bodies(uint8_t first, struct ikl_octets octets)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct ikl_payload payload;
    int result = IKL_OK;

    while (result == IKL_OK && ikl_chain_next(&chain, &payload) == IKL_OK) {
        result = ikl_payload_check(&payload, true);
    }
    return result;
}

int ikl_sa_check_message(const struct ikl_message *message, uint8_t *critical)
{
    if (message->opened.critical != IKL_PAYLOAD_NONE) {
        *critical = message->opened.critical;
        return IKL_ERR_CRITICAL;
    }
    return ikl_chain_check(message->opened.first_payload, message->opened.plaintext, true, critical);
}

int ikl_sa_check_answer(const struct ikl_message *message, bool of_host)
{
    uint8_t critical;
    int result = ikl_sa_check_message(message, &critical);

    return result == IKL_OK && !of_host ? check_bodies(message->opened.first_payload, message->opened.plaintext)
                                        : result;
}

void ikl_sa_end_on_syntax(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_is_ours_to_end(sa)) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
    } else {
        sa->endpoint->counters.protocol_errors++;
        ikl_sa_end(sa, IKL_DOWN_PROTOCOL, NULL, now);
    }
}
