/* SPDX-License-Identifier: ISC */
/* ikelive examples: the keys of an IKE SA and its Child SAs, made as IKEv2 makes them. */
#include "key_agreement.h"

#include <sodium.h>

_Static_assert(X25519_LEN == crypto_scalarmult_BYTES && X25519_LEN == crypto_scalarmult_SCALARBYTES,
               "the sizes of X25519 are libsodium's");

void key_offer_make(struct key_offer *offer, struct key_secret *secret, uint64_t spi, struct randomness *randomness)
{
    offer->spi = spi;
    randomness_fill(randomness, secret->private_key, sizeof(secret->private_key));
    crypto_scalarmult_base(offer->public_key, secret->private_key);
    for (size_t i = 0; i < N_CHILDREN; i++) {
        randomness_fill(randomness, offer->nonces[i], NONCE_LEN);
        do {
            randomness_fill(randomness, (uint8_t *)&offer->child_spis[i], sizeof(offer->child_spis[i]));
        } while (offer->child_spis[i] < 256); /* 0 to 255 are reserved (RFC 4303 §2.1) */
    }
}

static struct ikl_octets octets(const uint8_t *data, size_t len)
{
    return (struct ikl_octets){.data = data, .len = len};
}

/* What the offers say about Child SA `i`; the first one comes with the IKE SA. */
static struct ikl_kdf_input kdf_input(const struct key_offer *initiator, const struct key_offer *responder, size_t i)
{
    return (struct ikl_kdf_input){
        .size = sizeof(struct ikl_kdf_input),
        .ni = octets(initiator->nonces[i], NONCE_LEN),
        .nr = octets(responder->nonces[i], NONCE_LEN),
        .spi_i = initiator->spi,
        .spi_r = responder->spi,
    };
}

static int derive(struct agreed_keys *out, const struct ikl_suite *suite, struct ikl_octets shared_secret,
                  const struct key_offer *initiator, const struct key_offer *responder)
{
    const struct ikl_prf *prf;
    uint8_t skeyseed[IKL_MAX_PRF];
    struct ikl_kdf_input input = kdf_input(initiator, responder, 0);
    int error = ikl_provider_sodium.prf(suite->prf, &prf);

    input.shared_secret = shared_secret;
    if (error == IKL_OK) {
        error = ikl_skeyseed(prf, &input, skeyseed);
    }
    if (error == IKL_OK) {
        error = ikl_keys_derive(&out->ike, &ikl_provider_sodium, suite, octets(skeyseed, prf->len), &input);
    }
    /* A Child SA has no key exchange of its own here, so no shared secret: its keys come from SK_d and the nonces. */
    for (size_t i = 0; i < N_CHILDREN && error == IKL_OK; i++) {
        input = kdf_input(initiator, responder, i);
        error =
            ikl_child_keymat(prf, octets(out->ike.sk_d, out->ike.prf_len), &input, out->children[i], CHILD_KEYMAT_LEN);
    }
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

int key_agree(struct agreed_keys *out, const struct ikl_suite *suite, const struct key_secret *secret,
              const struct key_offer *initiator, const struct key_offer *responder, bool we_initiate)
{
    const struct key_offer *peer = we_initiate ? responder : initiator;
    uint8_t shared_secret[X25519_LEN];
    int error;

    if (crypto_scalarmult(shared_secret, secret->private_key, peer->public_key) != 0) {
        return IKL_ERR_CRYPTO;
    }
    error = derive(out, suite, octets(shared_secret, sizeof(shared_secret)), initiator, responder);
    ikl_wipe(shared_secret, sizeof(shared_secret));
    return error;
}
