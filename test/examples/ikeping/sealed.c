/* SPDX-License-Identifier: ISC */
/* Protected messages, opened and made by whoever has the keys. */
#include "sealed.h"

#include "examples/ikeping/providers.h"
#include "support/keyed.h"
#include "support/test.h"

#include <sodium.h>

/* A cipher with the key of one side. */
struct keyed {
    const struct ikl_cipher *cipher;
    void *state;
};

static struct keyed key(const struct sealed_with *with, bool by_initiator)
{
    const struct ikl_keys *keys = with->keys;
    struct keyed keyed;

    assert_int_equal(providers_find(with->suite)->cipher(with->suite, &keyed.cipher), IKL_OK);
    keyed.state = malloc(keyed.cipher->state_size);
    assert_int_equal(keyed_init(keyed.cipher, keyed.state, by_initiator ? keys->sk_ei : keys->sk_er,
                                by_initiator ? keys->sk_ai : keys->sk_ar),
                     IKL_OK);
    return keyed;
}

static void clear(const struct keyed *keyed)
{
    if (keyed->cipher->clear != NULL) {
        keyed->cipher->clear(keyed->state);
    }
    free(keyed->state);
}

int sealed_open(const struct sealed_with *with, bool by_initiator, struct ikl_octets message, uint8_t *plaintext,
                struct ikl_opened *out)
{
    struct keyed keyed = key(with, by_initiator);
    int error = ikl_message_open(keyed.cipher, keyed.state, message.data, message.len, plaintext, message.len, out);

    clear(&keyed);
    return error;
}

size_t sealed_write(const struct sealed_with *with, bool by_initiator, const struct ikl_sealing *what, uint8_t *out,
                    size_t size)
{
    struct keyed keyed = key(with, by_initiator);
    struct ikl_sealing with_iv = *what;
    uint8_t iv[32];
    size_t len;

    randombytes_buf(iv, sizeof(iv));
    with_iv.iv = iv;
    assert_int_equal(ikl_message_seal(keyed.cipher, keyed.state, &with_iv, out, size, &len), IKL_OK);
    clear(&keyed);
    return len;
}
