/* SPDX-License-Identifier: ISC */
/* The small stack, 94 lines: its messages. */
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_state(struct keying *keying, int which, const uint8_t *key)
{
    const struct ikl_cipher_init init = {.size = sizeof(init), .encr_key = key, .cipher = keying->cipher};

    if (keying->cipher->state_size > sizeof(keying->states[which]) ||
        keying->cipher->init(keying->states[which], &init) != IKL_OK) {
        abort();
    }
}

void keying_open(struct keying *keying, const struct ikl_suite *suite, const struct ikl_keys *keys)
{
    if (ikl_provider_sodium.cipher(suite, &keying->cipher) != IKL_OK) {
        abort();
    }
    make_state(keying, 0, keying->is_initiator ? keys->sk_ei : keys->sk_er);
    make_state(keying, 1, keying->is_initiator ? keys->sk_er : keys->sk_ei);
}

void keying_close(struct keying *keying)
{
    ikl_wipe(keying->states, sizeof(keying->states));
}

size_t message_seal(struct keying *keying, const struct message *message, uint8_t *out)
{
    uint8_t iv[IKL_MAX_IV] = {0};
    const struct ikl_sealing what = {
        .header = {.spi_i = keying->spi_i,
                   .spi_r = keying->spi_r,
                   .exchange_type = message->exchange_type,
                   .flags = (uint8_t)((keying->is_initiator ? IKL_FLAG_INITIATOR : 0) |
                                      (message->is_response ? IKL_FLAG_RESPONSE : 0)),
                   .message_id = message->message_id},
        .first_payload = message->first_payload,
        .plaintext = message->payloads,
        .iv = iv,
    };
    uint64_t count = keying->sealed++;
    size_t len = 0;

    for (size_t at = keying->cipher->iv_len; at-- > 0; count >>= 8) {
        iv[at] = (uint8_t)count;
    }
    if (ikl_message_seal(keying->cipher, keying->states[0], &what, out, MESSAGE_MAX, &len) != IKL_OK) {
        abort();
    }
    return len;
}

bool message_open(const struct keying *keying, const uint8_t *datagram, size_t len, uint8_t *plaintext,
                  struct message *out)
{
    struct ikl_opened opened;

    if (ikl_message_open(keying->cipher, keying->states[1], datagram, len, plaintext, MESSAGE_MAX, &opened) != IKL_OK ||
        opened.header.spi_i != keying->spi_i || opened.header.spi_r != keying->spi_r ||
        ((opened.header.flags & IKL_FLAG_INITIATOR) != 0) == keying->is_initiator) {
        return false;
    }
    *out = (struct message){.is_response = (opened.header.flags & IKL_FLAG_RESPONSE) != 0,
                            .exchange_type = opened.header.exchange_type,
                            .message_id = opened.header.message_id,
                            .first_payload = opened.first_payload,
                            .payloads = opened.plaintext};
    return true;
}

size_t message_write_text(uint8_t *out, const char *text)
{
    const struct ikl_payload payload = {IKL_PAYLOAD_VENDOR_ID, false, {(const uint8_t *)text, strlen(text)}};
    struct ikl_writer writer = ikl_writer(out, MESSAGE_MAX);

    return ikl_chain_write(&writer, &payload, 1) == IKL_OK ? writer.len : 0;
}

void message_read_text(const struct message *message, char text[32])
{
    struct ikl_chain chain = ikl_chain(message->first_payload, message->payloads);
    struct ikl_payload payload;

    text[0] = '\0';
    if (ikl_chain_next(&chain, &payload) == IKL_OK) {
        (void)snprintf(text, 32, "%.*s", (int)payload.body.len, (const char *)payload.body.data);
    }
}
