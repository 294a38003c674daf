/* SPDX-License-Identifier: ISC */
/* A peer of ikeping's that makes requests. */
#include "asked.h"

#include "examples/ikeping/providers.h"
#include "support/keyed.h"
#include "support/test.h"

#include <stdlib.h>

void asked_start_with(struct asked *asked, int peer, const char *initiator_options, const char *responder_options)
{
    world_init(&asked->world, initiator_options, responder_options);
    world_connect(&asked->world);
    world_run(&asked->world, 100);
    asked->peer = peer;
    asked->session = world_session(&asked->world, peer);
    assert_int_equal(asked->session->phase, SESSION_ESTABLISHED);
}

void asked_start(struct asked *asked, const char *initiator_options, const char *responder_options)
{
    asked_start_with(asked, INITIATOR, initiator_options, responder_options);
}

static void open_response(struct asked *asked, const struct ikl_suite *suite, const struct ikl_keys *keys,
                          const struct sent *sent)
{
    const struct ikl_cipher *cipher;
    uint8_t *state;

    assert_int_equal(providers_find(suite)->cipher(suite, &cipher), IKL_OK);
    state = malloc(cipher->state_size);
    assert_int_equal(asked->peer == INITIATOR ? keyed_init(cipher, state, keys->sk_er, keys->sk_ar)
                                              : keyed_init(cipher, state, keys->sk_ei, keys->sk_ai),
                     IKL_OK);
    assert_int_equal(ikl_message_open(cipher, state, sent->octets, sent->len, asked->plaintext,
                                      sizeof(asked->plaintext), &asked->response),
                     IKL_OK);
    if (cipher->clear != NULL) {
        cipher->clear(state);
    }
    free(state);
}

void asked_ask(struct asked *asked, uint8_t exchange_type, const struct payload_list *list)
{
    struct world *world = &asked->world;
    struct ikl_suite suite = asked->session->handshake.proposal.suite; /* the response may be the end of the session */
    struct ikl_keys keys = asked->session->handshake.keys;
    size_t before = world->n_sent;

    assert_int_equal(list->error, IKL_OK);
    assert_int_equal(ikl_sa_request(asked->session->sa, exchange_type, list->payloads, list->n, NULL,
                                    ikeping_now(&world->ends[asked->peer].ikeping), NULL),
                     IKL_OK);
    world_deliver(world);
    assert_true(world->n_sent >= before + 2);
    assert_int_equal(world->sent[before + 1].from, 1 - asked->peer);
    open_response(asked, &suite, &keys, &world->sent[before + 1]);
    assert_int_equal(asked->response.header.exchange_type, exchange_type);
}

void asked_assert_error(const struct asked *asked, uint16_t type)
{
    assert_int_equal(payload_find_error(asked->response.first_payload, asked->response.plaintext), type);
    assert_int_equal(asked->response.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(asked->response.plaintext.data[0], IKL_PAYLOAD_NONE);
}

void asked_assert_goes_on(struct asked *asked)
{
    uint64_t answered = world_tally(&asked->world, INITIATOR)->answered;

    world_run(&asked->world, 2000);
    assert_true(world_tally(&asked->world, INITIATOR)->answered > answered);
    assert_int_equal(world_session(&asked->world, RESPONDER)->phase, SESSION_ESTABLISHED);
}

void asked_add_offer(struct payload_list *list, uint8_t protocol, uint64_t spi, const struct proposal *proposal)
{
    struct ikl_writer *writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    struct ikl_proposals_writer proposals = ikl_offer_writer(writer);
    uint8_t octets[8];
    struct ikl_writer spi_writer = ikl_writer(octets, sizeof(octets));
    int error;

    if (protocol == IKL_PROTOCOL_IKE) {
        ikl_write_u64(&spi_writer, spi);
    } else {
        ikl_write_u32(&spi_writer, (uint32_t)spi);
    }
    error = ikl_write_proposal(&proposals, protocol, (struct ikl_octets){octets, spi_writer.len});
    if (error == IKL_OK) {
        error = ikl_write_transform(&proposals, IKL_TRANSFORM_ENCR, proposal->suite.encr, proposal->suite.key_bits);
    }
    if (error == IKL_OK && protocol == IKL_PROTOCOL_IKE) {
        error = ikl_write_transform(&proposals, IKL_TRANSFORM_PRF, proposal->suite.prf, 0);
    }
    if (error == IKL_OK && protocol == IKL_PROTOCOL_IKE) {
        error = ikl_write_transform(&proposals, IKL_TRANSFORM_KE, proposal->group, 0);
    }
    payload_list_end(list, error);
}
