/* SPDX-License-Identifier: ISC */
/* What the tests of SK and SKF payloads share. See sk_bench.h. */
#include "sk_bench.h"

#include "providers.h"
#include "test.h"
#include "toy_cipher.h"

const uint8_t sk_zeros[70000];

size_t sk_ciphers(void)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];

    return 1 + test_ciphers(ciphers);
}

static const struct ikl_cipher *find_cipher(size_t which)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];

    if (which == 0) {
        return &toy_cipher;
    }
    assert_true(which - 1 < test_ciphers(ciphers));
    return ciphers[which - 1].cipher;
}

void sk_set_up(struct sk_bench *bench, size_t which, size_t plaintext_len)
{
    static struct test_state states[1 + TEST_MAX_CIPHERS];
    static bool made[1 + TEST_MAX_CIPHERS];

    bench->cipher = find_cipher(which);
    bench->state = &states[which];
    if (!made[which]) {
        test_state_init(bench->cipher, &states[which], 1);
        made[which] = true;
    }
    for (size_t i = 0; i < sizeof(bench->iv); i++) {
        bench->iv[i] = (uint8_t)(0xf0 + i);
    }
    for (size_t i = 0; i < sizeof(bench->plaintext); i++) {
        bench->plaintext[i] = (uint8_t)(i * 5 + 1);
    }
    bench->what = (struct ikl_sealing){
        .header = {.spi_i = 0x1122, .spi_r = 0x3344, .exchange_type = IKL_INFORMATIONAL, .flags = 8, .message_id = 77},
        .first_payload = IKL_PAYLOAD_NOTIFY,
        .plaintext = {bench->plaintext, plaintext_len},
        .iv = bench->iv,
    };
}

size_t sk_seal(const struct sk_bench *bench, uint8_t *out, size_t size)
{
    size_t len = 0;

    assert_int_equal(ikl_message_seal(bench->cipher, bench->state, &bench->what, out, size, &len), IKL_OK);
    return len;
}

int sk_open(const struct sk_bench *bench, const uint8_t *datagram, size_t len, uint8_t *plaintext, size_t size,
            struct ikl_opened *out)
{
    return ikl_message_open(bench->cipher, bench->state, datagram, len, plaintext, size, out);
}

void sk_assert_all(const uint8_t *data, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(data[i], value);
    }
}

size_t sk_seal_short(struct sk_bench *bench, size_t which, bool fragment, uint8_t *out)
{
    sk_set_up(bench, which, 6);
    bench->what.fragment_number = fragment ? 2 : 0;
    bench->what.fragment_total = fragment ? 3 : 0;
    return sk_seal(bench, out, SK_ROOM);
}
