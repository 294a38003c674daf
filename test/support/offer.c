/* SPDX-License-Identifier: ISC */
/* A config that hands over an IKE SA in mid-life. See offer.h. */
#include "offer.h"

#include "peer.h"

static struct ikl_octets seal(const char *suite, uint8_t *out, bool response, uint8_t exchange_type,
                              uint32_t message_id)
{
    struct peer_message message = {
        .from_initiator = true, .response = response, .exchange_type = exchange_type, .message_id = message_id};

    return (struct ikl_octets){out, peer_seal(&message, suite, out)};
}

void offer_fill(struct offer *offer, const char *suite)
{
    static const uint8_t exchanges[OFFER_OUTSTANDING] = {IKL_CREATE_CHILD_SA, IKL_INFORMATIONAL, IKL_CREATE_CHILD_SA};
    struct ikl_sa_config *config = &offer->config;

    test_sa_config(config, &offer->keys, suite, true, 0);
    config->ids = (struct ikl_message_ids){.stated = true,
                                           .next_request = OFFER_FIRST + OFFER_OUTSTANDING,
                                           .unanswered = OFFER_FIRST,
                                           .next_expected = OFFER_REMEMBERED + 1,
                                           .peer_window = 5};
    test_sealed_before(config);
    for (uint32_t i = 0; i < OFFER_OUTSTANDING; i++) {
        offer->outstanding[i] = (struct ikl_outstanding_request){
            .message_id = OFFER_FIRST + i,
            .datagram = seal(suite, offer->requests[i], false, exchanges[i], OFFER_FIRST + i),
            .first_sent = 50000 + i,
            .attempt = i,
            .deadline = 100100 + i};
    }
    offer->remembered[0] = (struct ikl_remembered_response){
        .message_id = OFFER_REMEMBERED,
        .datagram = seal(suite, offer->response, true, IKL_INFORMATIONAL, OFFER_REMEMBERED)};
    config->outstanding = offer->outstanding;
    config->n_outstanding = OFFER_OUTSTANDING;
    config->remembered = offer->remembered;
    config->n_remembered = 1;
}
