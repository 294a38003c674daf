/* SPDX-License-Identifier: ISC */
/* The AEAD operations of libsodium that messages contain, alone. */
#include "bare.h"

#include <sodium.h>

const struct bare_aead bare_aeads[BARE_AEADS] = {
    {"chacha20poly1305-prfsha256", crypto_aead_chacha20poly1305_ietf_encrypt_detached,
     crypto_aead_chacha20poly1305_ietf_decrypt_detached},
    {"aes256gcm16-prfsha256", crypto_aead_aes256gcm_encrypt_detached, crypto_aead_aes256gcm_decrypt_detached},
};

int bare_seal(const struct bare_aead *aead, struct bare_message *message)
{
    static const uint8_t pad_length;

    return aead->seal(message->octets + BARE_TEXT_AT, message->octets + BARE_ICV_AT, NULL, &pad_length, BARE_TEXT_LEN,
                      message->octets, BARE_AAD_LEN, NULL, message->nonce, message->key);
}

int bare_open(const struct bare_aead *aead, const struct bare_message *message)
{
    uint8_t text;

    return aead->open(&text, NULL, message->octets + BARE_TEXT_AT, BARE_TEXT_LEN, message->octets + BARE_ICV_AT,
                      message->octets, BARE_AAD_LEN, message->nonce, message->key);
}
