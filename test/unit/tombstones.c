/* SPDX-License-Identifier: ISC */
/* Tombstones keep the promises of their header. */
#include "support/test.h"

#include "support/test_allocator.h"

#include "endpoint/tombstones.h"

enum { SEED = 0x1234567, LIFETIME = 320000, ANSWERS = 10, FEWEST = 64, MOST = 4096 };

static struct test_allocator memory;

static struct ikl_tombstones *set_up(uint32_t n_sas)
{
    struct ikl_tombstones *tombstones;

    test_allocator_init(&memory);
    assert_int_equal(ikl_tombstones_new(&tombstones, &memory.allocator, SEED, n_sas), IKL_OK);
    return tombstones;
}

static void tear_down(struct ikl_tombstones *tombstones)
{
    ikl_tombstones_free(tombstones);
    assert_int_equal(memory.outstanding, 0);
}

/* The Delete of the n-th IKE SA; its SPI is one more than `n`. */
static struct ikl_octets request(uint32_t n)
{
    static uint8_t octets[80];

    memset(octets, 0x5a, sizeof(octets));
    memcpy(octets + 40, &n, sizeof(n));
    return (struct ikl_octets){octets, sizeof(octets)};
}

static void end_one(struct ikl_tombstones *tombstones, uint32_t n, ikl_time now)
{
    uint8_t answer[57];

    memset(answer, (int)(n & 0xff), sizeof(answer));
    ikl_tombstones_ended(tombstones, n + UINT64_C(1), ikl_tombstones_hash(tombstones, request(n)),
                         (struct ikl_octets){answer, sizeof(answer)}, now);
}

/* Whether the n-th gets its answer. */
static bool ask(struct ikl_tombstones *tombstones, uint32_t n, ikl_time now)
{
    struct ikl_octets answer = ikl_tombstones_asked(tombstones, n + UINT64_C(1), request(n), now);

    if (answer.len == 0) {
        return false;
    }
    assert_int_equal(answer.len, 57);
    assert_int_equal(answer.data[0], n & 0xff);
    assert_memory_equal(answer.data, answer.data + 1, answer.len - 1);
    return true;
}

static void a_delete_gets_its_answer_for_320_s(void **state)
{
    struct ikl_tombstones *tombstones = set_up(0);

    (void)state;
    end_one(tombstones, 0, 7);
    assert_true(ask(tombstones, 0, 7));
    assert_true(ask(tombstones, 0, 7 + LIFETIME - 1));
    assert_false(ask(tombstones, 0, 7 + LIFETIME));
    assert_false(ask(tombstones, 0, IKL_NEVER - 1));
    tear_down(tombstones);
}

static void one_made_near_the_end_of_time_is_not_for_ever(void **state)
{
    struct ikl_tombstones *tombstones = set_up(0);

    (void)state;
    end_one(tombstones, 0, IKL_NEVER - 3);
    assert_true(ask(tombstones, 0, IKL_NEVER - 2));
    assert_false(ask(tombstones, 0, IKL_NEVER - 1));
    tear_down(tombstones);
}

static void a_delete_gets_ten_answers(void **state)
{
    struct ikl_tombstones *tombstones = set_up(0);

    (void)state;
    end_one(tombstones, 0, 0);
    for (int i = 0; i < ANSWERS; i++) {
        assert_true(ask(tombstones, 0, 0));
    }
    assert_false(ask(tombstones, 0, 0));
    end_one(tombstones, 0, 0); /* an IKE SA of the same name, later */
    assert_true(ask(tombstones, 0, 0));
    tear_down(tombstones);
}

static void no_other_message_gets_an_answer(void **state)
{
    struct ikl_tombstones *tombstones = set_up(0);
    uint8_t octets[80];

    (void)state;
    end_one(tombstones, 3, 0);
    memcpy(octets, request(3).data, sizeof(octets));
    for (size_t bit = 0; bit < sizeof(octets) * 8; bit++) {
        octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(ikl_tombstones_asked(tombstones, 4, (struct ikl_octets){octets, sizeof(octets)}, 0).len, 0);
        octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(ikl_tombstones_asked(tombstones, 4, (struct ikl_octets){octets, sizeof(octets) - 1}, 0).len, 0);
    assert_int_equal(ikl_tombstones_asked(tombstones, 5, request(3), 0).len, 0);
    for (int i = 0; i < ANSWERS; i++) {
        assert_true(ask(tombstones, 3, 0)); /* nothing was used up */
    }
    tear_down(tombstones);
}

static void an_spi_that_is_used_again_has_no_tombstone(void **state)
{
    struct ikl_tombstones *tombstones = set_up(0);

    (void)state;
    end_one(tombstones, 0, 0);
    end_one(tombstones, 1, 0);
    ikl_tombstones_spi_used(tombstones, 1);
    ikl_tombstones_spi_used(tombstones, 1);
    ikl_tombstones_spi_used(tombstones, 77);
    assert_false(ask(tombstones, 0, 0));
    assert_true(ask(tombstones, 1, 0));
    tear_down(tombstones);
}

/* Of so many IKE SAs of an endpoint the `n` latest are known, however often the ring went round. */
static void assert_keeps(uint32_t n_sas, uint32_t n)
{
    struct ikl_tombstones *tombstones = set_up(n_sas);
    size_t allocations = memory.allocations;
    uint32_t total = 3 * n + 4; /* none of the `n` latest is forgotten at the edge */

    for (uint32_t i = 0; i < total; i++) {
        end_one(tombstones, i, i);
        if (i % 7 == 0) {
            ikl_tombstones_spi_used(tombstones, i + UINT64_C(1));
        }
    }
    for (uint32_t i = 0; i < total; i++) {
        assert_int_equal(ask(tombstones, i, total), i >= total - n && i % 7 != 0);
    }
    assert_int_equal(memory.allocations, allocations);
    tear_down(tombstones);
}

static void there_is_one_for_sixteen_ike_sas_64_at_least_and_4096_at_most(void **state)
{
    (void)state;
    assert_keeps(0, FEWEST);
    assert_keeps(FEWEST * 16 + 15, FEWEST);
    assert_keeps((FEWEST + 1) * 16, FEWEST + 1);
    assert_keeps(MOST * 16 - 1, MOST - 1);
    assert_keeps(MOST * 16 + 16, MOST);
    assert_keeps(UINT32_MAX, MOST);
}

static void one_takes_at_most_147_octets(void **state)
{
    const uint32_t numbers[] = {FEWEST, 112, 113, 225, 1000, 3584, 3585, MOST};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct ikl_tombstones *tombstones = set_up(16 * numbers[i]);

        assert_in_range(memory.outstanding, numbers[i] * 128, numbers[i] * 147 + 64);
        tear_down(tombstones);
    }
}

static void an_answer_of_96_octets_is_kept_whole(void **state)
{
    struct ikl_tombstones *tombstones = set_up(0);
    uint8_t octets[IKL_TOMBSTONE_ANSWER];
    struct ikl_octets answer;

    (void)state;
    for (size_t i = 0; i < sizeof(octets); i++) {
        octets[i] = (uint8_t)i;
    }
    ikl_tombstones_ended(tombstones, 1, ikl_tombstones_hash(tombstones, request(0)),
                         (struct ikl_octets){octets, sizeof(octets)}, 0);
    answer = ikl_tombstones_asked(tombstones, 1, request(0), 0);
    assert_int_equal(answer.len, sizeof(octets));
    assert_memory_equal(answer.data, octets, sizeof(octets));
    tear_down(tombstones);
}

static void without_memory_there_are_none_and_nothing_is_lost(void **state)
{
    struct ikl_tombstones *tombstones;
    size_t n = 0;
    int result;

    (void)state;
    do {
        test_allocator_init(&memory);
        test_allocator_fail(&memory, ++n);
        result = ikl_tombstones_new(&tombstones, &memory.allocator, SEED, 0);
        if (result == IKL_OK) {
            ikl_tombstones_free(tombstones);
        }
        assert_int_equal(memory.outstanding, 0);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_int_equal(n, 3);
    ikl_tombstones_free(NULL);
}

TESTS_OF(tombstones)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_gets_its_answer_for_320_s),
        cmocka_unit_test(one_made_near_the_end_of_time_is_not_for_ever),
        cmocka_unit_test(a_delete_gets_ten_answers),
        cmocka_unit_test(no_other_message_gets_an_answer),
        cmocka_unit_test(an_spi_that_is_used_again_has_no_tombstone),
        cmocka_unit_test(there_is_one_for_sixteen_ike_sas_64_at_least_and_4096_at_most),
        cmocka_unit_test(one_takes_at_most_147_octets),
        cmocka_unit_test(an_answer_of_96_octets_is_kept_whole),
        cmocka_unit_test(without_memory_there_are_none_and_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
