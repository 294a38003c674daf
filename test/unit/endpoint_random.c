/* SPDX-License-Identifier: ISC */
/* Random numbers are made of the octets that the host gives, the same on every architecture. */
#include "support/host.h"
#include "support/test.h"

#include "endpoint/shared.h"

static struct {
    uint8_t last;
    bool fails;
} numbers;

static int count_up(void *user, uint8_t *out, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++) {
        out[i] = ++numbers.last;
    }
    return numbers.fails ? -1 : IKL_OK;
}

static void with_numbers(struct ikl_endpoint_config *config)
{
    config->callbacks.random = count_up;
}

static void a_number_has_four_octets_and_is_0_when_there_are_none(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_numbers);
    memset(&numbers, 0, sizeof(numbers));
    assert_int_equal(ikl_endpoint_random_number(host.endpoint), 0x01020304);
    assert_int_equal(numbers.last, 4);
    numbers.fails = true;
    assert_int_equal(ikl_endpoint_random_number(host.endpoint), 0);
    host_clear(&host);
}

TESTS_OF(endpoint_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_has_four_octets_and_is_0_when_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
