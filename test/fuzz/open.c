/* SPDX-License-Identifier: ISC */
/* Fuzz target: SK and SKF payloads under known keys. A message opens to what was sealed; changed in any way, or sealed
 * by nobody, it is refused and nothing comes out; the payloads inside are walked. The input is in
 * support/open_input.h. */
#include "support/check.h"
#include "support/dump_check.h"
#include "support/keyed.h"
#include "support/open_input.h"
#include "support/toy_cipher.h"

#include <ikelive/payloads.h>

#include <string.h>

enum { ROOM = 70000, MAX_STATE = 128, MAX_CIPHERS = 3, MAX_INPUT = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct keyed {
    const struct ikl_cipher *cipher;
    uint64_t state[MAX_STATE / 8];
    uint64_t other[MAX_STATE / 8]; /* another key */
};

static struct keyed ciphers[MAX_CIPHERS];
static size_t n_ciphers;

static void add_cipher(const struct ikl_provider *provider, const struct ikl_suite *suite)
{
    struct keyed *keyed = &ciphers[n_ciphers];
    uint8_t key[IKL_MAX_ENCR_KEY];

    if (provider->cipher(suite, &keyed->cipher) != IKL_OK) { /* AES-GCM is not everywhere */
        return;
    }
    CHECK(keyed->cipher->state_size <= MAX_STATE);
    memset(key, 0x11, sizeof(key));
    CHECK(keyed_init(keyed->cipher, keyed->state, key, key) == IKL_OK);
    memset(key, 0x22, sizeof(key));
    CHECK(keyed_init(keyed->cipher, keyed->other, key, key) == IKL_OK);
    n_ciphers++;
}

static void set_up(void)
{
    static const struct ikl_suite toy = {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};
    static const struct ikl_suite chacha = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
    static const struct ikl_suite gcm = {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};

    CHECK(ikl_init() == IKL_OK);
    add_cipher(&toy_provider, &toy);
    add_cipher(&ikl_provider_sodium, &chacha);
    add_cipher(&ikl_provider_sodium, &gcm);
}

/* Padding that fits the block, `blocks` longer than it must be where there is room. */
static uint8_t padding_len(const struct ikl_cipher *cipher, size_t plaintext_len, uint8_t blocks)
{
    size_t block = cipher->block_len > 1 ? cipher->block_len : 1;
    size_t shortest = (block - (plaintext_len + 1) % block) % block;
    size_t most = (UINT8_MAX - shortest) / block;

    return (uint8_t)(shortest + (blocks < most ? blocks : most) * block);
}

static struct ikl_sealing sealing_of(const struct ikl_cipher *cipher, const uint8_t *data, size_t size)
{
    static const uint8_t iv[IKL_MAX_IV] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t padding[UINT8_MAX] = {0xff, 0, 0xff};
    bool fragment = (data[OPEN_CIPHER] & OPEN_FRAGMENT) != 0;

    return (struct ikl_sealing){
        .header = {.spi_i = 1, .spi_r = 2, .exchange_type = IKL_INFORMATIONAL, .message_id = 3},
        .first_payload = data[OPEN_FIRST],
        .plaintext = {data + OPEN_FRONT_LEN, size - OPEN_FRONT_LEN},
        .iv = iv,
        .padding = padding,
        .padding_len = padding_len(cipher, size - OPEN_FRONT_LEN, data[OPEN_PADDING]),
        .fragment_number = fragment ? 2 : 0,
        .fragment_total = fragment ? 3 : 0,
    };
}

/* Walks what is inside: a chain that is well formed by the check is so by the walk. */
static void walk(const struct ikl_opened *opened)
{
    uint8_t critical = IKL_PAYLOAD_NONE;
    int result = ikl_chain_check(opened->first_payload, opened->plaintext, true, &critical);
    struct ikl_chain chain = ikl_chain(opened->first_payload, opened->plaintext);
    struct ikl_payload payload;
    bool nested = false;
    int status;

    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        nested |= payload.type == IKL_PAYLOAD_SK || payload.type == IKL_PAYLOAD_SKF;
        (void)ikl_payload_check(&payload, false);
    }
    CHECK((result == IKL_OK || result == IKL_ERR_CRITICAL) == (status == IKL_ERR_END && !nested));
    CHECK((result == IKL_ERR_CRITICAL) == (critical != IKL_PAYLOAD_NONE));
    CHECK(critical == IKL_PAYLOAD_NONE || !ikl_payload_known(critical));
}

/* What was sealed comes out again. */
static void check_opening(const struct keyed *keyed, const struct ikl_sealing *what, const uint8_t *sealed, size_t len)
{
    static uint8_t plaintext[ROOM];
    const struct ikl_dump dump = {.size = sizeof(dump),
                                  .contents = true,
                                  .cipher = keyed->cipher,
                                  .state = keyed->state,
                                  .plaintext = plaintext,
                                  .plaintext_size = sizeof(plaintext)};
    struct ikl_opened opened;

    CHECK(ikl_message_open(keyed->cipher, keyed->state, sealed, len, plaintext, sizeof(plaintext), &opened) == IKL_OK);
    CHECK(opened.header.spi_i == 1 && opened.header.spi_r == 2 && opened.header.message_id == 3);
    CHECK(opened.first_payload == what->first_payload);
    CHECK(opened.fragment_number == what->fragment_number && opened.fragment_total == what->fragment_total);
    CHECK(opened.plaintext.len == what->plaintext.len && opened.padding.len == what->padding_len);
    CHECK(memcmp(opened.plaintext.data, what->plaintext.data, what->plaintext.len) == 0);
    CHECK(memcmp(opened.padding.data, what->padding, what->padding_len) == 0);
    walk(&opened);
    (void)check_dump(sealed, len, &dump, what->padding_len * 8u);
}

/* Nothing comes out, and nothing is left of what was decrypted. */
static void check_refusal(const struct ikl_cipher *cipher, const void *state, const uint8_t *message, size_t len)
{
    static uint8_t plaintext[ROOM];
    struct ikl_opened before;
    struct ikl_opened opened;

    memset(&before, 0xa5, sizeof(before));
    memcpy(&opened, &before, sizeof(opened));
    memset(plaintext, 0xee, len);
    CHECK(ikl_message_open(cipher, state, message, len, plaintext, sizeof(plaintext), &opened) != IKL_OK);
    CHECK(memcmp(&opened, &before, sizeof(opened)) == 0);
    for (size_t i = 0; i < len; i++) {
        CHECK(plaintext[i] == 0xee || plaintext[i] == 0);
    }
}

/* Makes the lengths of the header and of the SK payload behind it agree with the message's. */
static void set_lengths(uint8_t *message, size_t len)
{
    struct ikl_writer writer = ikl_writer(message, ROOM);

    if (len < IKL_HEADER_LEN) {
        return;
    }
    writer.len = len;
    ikl_patch_u32(&writer, 24, (uint32_t)len);
    if (len >= IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN) {
        ikl_patch_u16(&writer, IKL_HEADER_LEN + 2, (uint16_t)(len - IKL_HEADER_LEN));
    }
}

/* Damages a copy of the sealed message; the new length. */
static size_t damage(uint8_t *copy, size_t len, const uint8_t *data, size_t size)
{
    size_t where = ((size_t)data[OPEN_WHERE] << 8 | data[OPEN_WHERE + 1]) % len;
    size_t rest = size - OPEN_FRONT_LEN;

    switch (data[OPEN_DAMAGE] % OPEN_DAMAGES) {
    case OPEN_FLIP:
        copy[where] ^= data[OPEN_WHAT];
        return len;
    case OPEN_CUT:
        set_lengths(copy, where);
        return where;
    case OPEN_EXTEND:
        copy[len] = data[OPEN_WHAT];
        set_lengths(copy, len + 1);
        return len + 1;
    case OPEN_OVERWRITE:
        rest = rest < len - where ? rest : len - where;
        memcpy(copy + where, data + OPEN_FRONT_LEN, rest);
        return len;
    case OPEN_RAW:
        memcpy(copy, data + OPEN_FRONT_LEN, rest);
        set_lengths(copy, rest);
        return rest;
    default:
        return len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t sealed[ROOM], scratch[ROOM];
    struct ikl_sealing what;
    const struct keyed *keyed;
    uint8_t *exact;
    size_t len;
    size_t changed_len;

    if (n_ciphers == 0) {
        set_up();
    }
    if (size < OPEN_FRONT_LEN || size > MAX_INPUT) {
        return 0;
    }
    keyed = &ciphers[(data[OPEN_CIPHER] & ~OPEN_FRAGMENT) % n_ciphers];
    what = sealing_of(keyed->cipher, data, size);
    CHECK(ikl_message_seal(keyed->cipher, keyed->state, &what, sealed, sizeof(sealed), &len) == IKL_OK);
    check_opening(keyed, &what, sealed, len);

    memcpy(scratch, sealed, len);
    changed_len = damage(scratch, len, data, size);
    exact = malloc(changed_len + 1);
    CHECK(exact != NULL);
    memcpy(exact + 1, scratch, changed_len); /* ends where the memory does, and is not aligned */
    if (data[OPEN_DAMAGE] % OPEN_DAMAGES == OPEN_OTHER_KEY) {
        check_refusal(keyed->cipher, keyed->other, exact + 1, changed_len);
    } else if (changed_len == len && memcmp(exact + 1, sealed, len) == 0) {
        check_opening(keyed, &what, exact + 1, len);
    } else {
        check_refusal(keyed->cipher, keyed->state, exact + 1, changed_len);
    }
    free(exact);
    return 0;
}
