/* SPDX-License-Identifier: ISC */
/* See revive_keys.h. */
#include "revive_keys.h"

#include "revive_real.h"

#include <sodium.h>

static const struct ikl_suite suite = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};

static void draw(uint8_t *octets, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i++) {
        octets[i] = (uint8_t)revive_draw(seed);
    }
}

void revive_offer(struct revive_offer *offer, uint64_t *seed)
{
    struct ikl_writer writer = ikl_writer(offer->ke, sizeof(offer->ke));
    uint8_t public_value[REVIVE_KEY_LEN];
    const struct ikl_ke ke = {IKL_KE_CURVE25519, {public_value, sizeof(public_value)}};

    draw(offer->secret, sizeof(offer->secret), seed);
    draw(offer->nonce, sizeof(offer->nonce), seed);
    revive_must(crypto_scalarmult_base(public_value, offer->secret) == 0 && ikl_ke_write(&writer, &ke) == IKL_OK,
                "a public value is offered");
    offer->payloads[0] = (struct ikl_payload){.type = IKL_PAYLOAD_KE, .body = {offer->ke, writer.len}};
    offer->payloads[1] = (struct ikl_payload){.type = IKL_PAYLOAD_NONCE, .body = {offer->nonce, sizeof(offer->nonce)}};
}

struct ikl_protection revive_protection(struct ikl_keys *keys, const struct revive_offer *offer, bool initiates,
                                        struct ikl_chain other, uint64_t spi_i, uint64_t spi_r)
{
    const struct ikl_octets own_nonce = offer->payloads[1].body;
    uint8_t shared[REVIVE_KEY_LEN], skeyseed[IKL_MAX_PRF];
    struct ikl_kdf_input input = {
        .size = sizeof(input), .shared_secret = {shared, sizeof(shared)}, .spi_i = spi_i, .spi_r = spi_r};
    struct ikl_payload payload, nonce;
    const struct ikl_prf *prf;
    struct ikl_ke ke;

    revive_must(ikl_chain_next(&other, &payload) == IKL_OK && payload.type == IKL_PAYLOAD_KE &&
                    ikl_ke_read(&ke, payload.body) == IKL_OK && ke.method == IKL_KE_CURVE25519 &&
                    ikl_chain_next(&other, &nonce) == IKL_OK && nonce.type == IKL_PAYLOAD_NONCE,
                "the other side has an offer");
    input.ni = initiates ? own_nonce : nonce.body;
    input.nr = initiates ? nonce.body : own_nonce;
    revive_must(crypto_scalarmult(shared, offer->secret, ke.data.data) == 0 &&
                    ikl_provider_sodium.prf(suite.prf, &prf) == IKL_OK &&
                    ikl_skeyseed(prf, &input, skeyseed) == IKL_OK &&
                    ikl_keys_derive(keys, &ikl_provider_sodium, &suite, (struct ikl_octets){skeyseed, prf->len},
                                    &input) == IKL_OK,
                "keys are derived");
    return (struct ikl_protection){.suite = suite, .keys = keys, .iv_source = IKL_IV_FRESH_KEYS};
}
