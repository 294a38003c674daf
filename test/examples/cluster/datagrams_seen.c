/* SPDX-License-Identifier: ISC */
/* An initialisation vector that comes again with other octets is noticed. */
#include "examples/cluster/datagrams_seen.h"

#include "support/test.h"

#include <ikelive/ikelive.h>

enum { LEN = 60, FLAGS = 19, FIRST_PAYLOAD = 16, SPI = 3, IV = 36, END = 59 };

/* A datagram of a gateway's, made of a number each. */
struct made {
    uint8_t octets[LEN];
};

static struct made make(uint8_t spi, uint8_t iv, uint8_t end)
{
    struct made made = {.octets = {[FIRST_PAYLOAD] = IKL_PAYLOAD_SK, [FLAGS] = IKL_FLAG_RESPONSE}};

    made.octets[SPI] = spi;
    made.octets[IV] = iv;
    made.octets[END] = end;
    return made;
}

static uint64_t reused(const struct made *made, size_t n)
{
    struct datagrams_seen seen = {.n = 0};
    uint64_t count;

    for (size_t i = 0; i < n; i++) {
        assert_true(datagrams_seen_add(&seen, made[i].octets, LEN));
    }
    count = seen.reused;
    assert_int_equal(seen.protected_ones, n);
    datagrams_seen_free(&seen);
    return count;
}

static void what_is_sent_again_as_it_was_is_no_reuse(void **state)
{
    const struct made made[] = {make(1, 1, 1), make(1, 2, 2), make(1, 1, 1)};

    (void)state;
    assert_int_equal(reused(made, COUNT_OF(made)), 0);
}

static void the_same_vector_with_other_octets_is_reuse(void **state)
{
    const struct made made[] = {make(1, 1, 1), make(1, 2, 2), make(1, 1, 3), make(1, 2, 2)};

    (void)state;
    assert_int_equal(reused(made, COUNT_OF(made)), 1);
}

static void each_key_has_vectors_of_its_own(void **state)
{
    struct made made[] = {make(1, 1, 1), make(2, 1, 2), make(1, 1, 3)};

    (void)state;
    made[2].octets[FLAGS] |= IKL_FLAG_INITIATOR;
    assert_int_equal(reused(made, COUNT_OF(made)), 0);
}

static void unprotected_datagrams_do_not_count(void **state)
{
    struct datagrams_seen seen = {.n = 0};
    struct made made = make(1, 1, 1);

    (void)state;
    made.octets[FIRST_PAYLOAD] = IKL_PAYLOAD_NONCE;
    assert_true(datagrams_seen_add(&seen, made.octets, LEN));
    assert_true(datagrams_seen_add(&seen, made.octets, IV));
    assert_int_equal(seen.protected_ones, 0);
    datagrams_seen_free(&seen);
}

static void many_are_remembered(void **state)
{
    struct datagrams_seen seen = {.n = 0};

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 60000; i++) {
            struct made made = make((uint8_t)i, (uint8_t)(i >> 8), 0);

            made.octets[END] = (uint8_t)round;
            assert_true(datagrams_seen_add(&seen, made.octets, LEN));
        }
    }
    assert_int_equal(seen.n, 60000);
    assert_int_equal(seen.reused, 60000);
    datagrams_seen_free(&seen);
}

TESTS_OF(datagrams_seen)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_again_as_it_was_is_no_reuse),
        cmocka_unit_test(the_same_vector_with_other_octets_is_reuse),
        cmocka_unit_test(each_key_has_vectors_of_its_own),
        cmocka_unit_test(unprotected_datagrams_do_not_count),
        cmocka_unit_test(many_are_remembered),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
