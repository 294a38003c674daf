/* SPDX-License-Identifier: ISC */
/* captures_made SUITE: writes a session that was never recorded, with what the recorded ones have not: messages that
 * were sent twice, a request that was lost, Deletes of Child SAs, requests that are the host's. */
#include "support/hex.h"
#include "support/keyed.h"
#include "support/providers.h"
#include "support/test.h"

#include <ikelive/crypto.h>

#include <stdio.h>

#define SPI_I UINT64_C(0x1111111111111111)
#define SPI_R UINT64_C(0x2222222222222222)

enum { ROOM = 512, FROM_I = IKL_FLAG_INITIATOR, FROM_R = 0, RESPONSE = IKL_FLAG_RESPONSE };

struct made {
    unsigned flags, message_id, first_payload;
    const char *plaintext;
    bool again; /* the message before comes once more */
};

static const struct made messages[] = {
    {FROM_I, 0, 0, "", false},
    {FROM_I, 0, 0, "", true},
    {FROM_R | RESPONSE, 0, 0, "", false},
    {FROM_R | RESPONSE, 0, 0, "", true},
    {FROM_R, 0, 42, "00000010 03040002 aaaa0001 aaaa0002", false},
    {FROM_R, 0, 42, "00000010 03040002 aaaa0001 aaaa0002", true},
    {FROM_I | RESPONSE, 0, 42, "00000010 03040002 bbbb0001 bbbb0002", false},
    {FROM_I, 1, 42, "0000000c 02040001 bbbb0003", false},
    {FROM_R | RESPONSE, 1, 42, "0000000c 02040001 aaaa0003", false},
    {FROM_R, 1, 42, "0000000c 03040001 aaaa0004", false}, /* the Delete of this one crossed ours */
    {FROM_I | RESPONSE, 1, 0, "", false},
    {FROM_R, 2, 41, "00000008 00004000", false},
    {FROM_I | RESPONSE, 2, 0, "", false},
    {FROM_R, 3, 41, "00000008 00004000", false}, /* lost */
    {FROM_I, 2, 42, "00000008 01000000", false},
    {FROM_R | RESPONSE, 2, 0, "", false},
};

static void write_octets(const char *key, const uint8_t *data, size_t len)
{
    char text[2 * ROOM + 1];

    hex_encode(text, data, len);
    printf(" %s=%s", key, text);
}

static bool write_sa(const struct ikl_suite *suite, struct ikl_keys *keys)
{
    static const uint8_t ni[32] = "nonce of the initiator", nr[32] = "nonce of the responder", dh[32] = "shared secret";
    const struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {ni, sizeof(ni)},
        .nr = {nr, sizeof(nr)},
        .shared_secret = {dh, sizeof(dh)},
        .spi_i = SPI_I,
        .spi_r = SPI_R,
    };
    uint8_t skeyseed[IKL_MAX_PRF];
    const struct ikl_prf *prf;

    if (test_provider->prf(suite->prf, &prf) != IKL_OK || ikl_skeyseed(prf, &input, skeyseed) != IKL_OK ||
        ikl_keys_derive(keys, test_provider, suite, (struct ikl_octets){skeyseed, prf->len}, &input) != IKL_OK) {
        return false;
    }
    printf("sa spi_i=%016llx spi_r=%016llx", (unsigned long long)SPI_I, (unsigned long long)SPI_R);
    write_octets("ni", ni, sizeof(ni));
    write_octets("nr", nr, sizeof(nr));
    write_octets("dh", dh, sizeof(dh));
    write_octets("skeyseed", skeyseed, prf->len);
    write_octets("sk_d", keys->sk_d, prf->len);
    write_octets("sk_ei", keys->sk_ei, keys->encr_key_len);
    write_octets("sk_er", keys->sk_er, keys->encr_key_len);
    write_octets("sk_pi", keys->sk_pi, prf->len);
    write_octets("sk_pr", keys->sk_pr, prf->len);
    printf("\n");
    return true;
}

/* `n` is the message's IV. */
static bool write_message(const struct ikl_cipher *cipher, const struct ikl_keys *keys, const struct made *made,
                          uint8_t n)
{
    uint64_t state[ROOM / sizeof(uint64_t)];
    uint8_t plaintext[ROOM] = {0}, datagram[ROOM], iv[IKL_MAX_IV] = {n};
    size_t plaintext_len = hex_decode(plaintext, sizeof(plaintext), made->plaintext);
    const struct ikl_sealing what = {.header = {.spi_i = SPI_I,
                                                .spi_r = SPI_R,
                                                .exchange_type = IKL_INFORMATIONAL,
                                                .flags = (uint8_t)made->flags,
                                                .message_id = made->message_id},
                                     .first_payload = (uint8_t)made->first_payload,
                                     .plaintext = {plaintext, plaintext_len},
                                     .iv = iv};
    size_t len;

    if (keyed_init(cipher, state, (made->flags & IKL_FLAG_INITIATOR) != 0 ? keys->sk_ei : keys->sk_er, NULL) !=
            IKL_OK ||
        ikl_message_seal(cipher, state, &what, datagram, sizeof(datagram), &len) != IKL_OK) {
        return false;
    }
    printf("msg t_ms=%u spi_i=%016llx spi_r=%016llx exchange=37 flags=%u msgid=%u sport=500 dport=500 inner_first=%u",
           n * 100u, (unsigned long long)SPI_I, (unsigned long long)SPI_R, made->flags, made->message_id,
           made->first_payload);
    write_octets("iv", iv, cipher->iv_len);
    write_octets("plain", plaintext, plaintext_len);
    write_octets("plain_padded", plaintext, plaintext_len + 1);
    write_octets("hex", datagram, len);
    printf("\n");
    return true;
}

int main(int argc, char **argv)
{
    const struct ikl_cipher *cipher;
    struct ikl_suite suite;
    struct ikl_keys keys;
    uint8_t iv = 0;

    if (argc != 2 || ikl_init() != IKL_OK || ikl_suite_parse(&suite, argv[1]) != IKL_OK ||
        test_provider->cipher(&suite, &cipher) != IKL_OK || cipher->block_len != 1) {
        fprintf(stderr, "usage: captures_made SUITE, an AEAD of libsodium's\n");
        return 2;
    }
    printf("suite %s-none\n", argv[1]);
    if (!write_sa(&suite, &keys)) {
        return 1;
    }
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        iv = (uint8_t)(iv + (messages[i].again ? 0 : 1));
        if (!write_message(cipher, &keys, &messages[i], iv)) {
            return 1;
        }
    }
    return 0;
}
